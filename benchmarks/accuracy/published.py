"""Published figures, for the order of magnitude: none of them is for our texts (another split, or other folds)."""

PUBLISHED = {
    "sentiment": (
        "TweetEval test, 12,284 tweets, macro recall",
        {"TimeLMs-2021 (124 M)": 0.737, "BERTweet (135 M)": 0.734, "RoBERTa-base (125 M)": 0.713, "FastText": 0.629},
    ),
    "airline": (
        "US Airline, other splits, accuracy",
        {"RoBERTa fine-tuned (125 M)": 0.862, "LSTM, binary-like": 0.852, "BERT, a comparison paper": 0.771},
    ),
    "complaint": (
        "the whole corpus, 10 nested folds; macro F1, the first F1",
        {"Preotiuc-Pietro et al. 2019": 0.79, "Jin & Aletras 2020, at best": 0.87},
    ),
    "entities": ("WNUT-17 test, span F1", {"BERTweet (135 M)": 0.565, "RoBERTa-base (125 M)": 0.522}),
}
