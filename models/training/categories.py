"""Which category of the product a label of the training sets stands for, and two that no set labels.

The airline reasons and the complaint domains are mapped by table. A domain says whose customer complains, not about
what: only the domains where one cause prevails are mapped, the others teach nothing. Billing and safety or fraud are
in no set: a complaint whose words leave no doubt (`WEAK_RULES`) counts as one, at a lower weight.
"""

import re

AIRLINE_REASONS = {
    "bad_flight": "other",
    "cancelled_flight": "cancellation",
    "cant_tell": "other",
    "customer_service_issue": "service",
    "damaged_luggage": "lost_or_damaged",
    "flight_attendant_complaints": "staff",
    "flight_booking_problems": "booking",
    "late_flight": "delay",
    "longlines": "delay",
    "lost_luggage": "lost_or_damaged",
}
COMPLAINT_DOMAINS = {
    "software": "technical",
    "electronics": "technical",
    "cars": "technical",
    "services": "service",
    "food": "other",
    "other": "other",
    "apparel": None,
    "retail": None,
    "transport": None,
    "random_tweet": None,
    "random_reply": None,
}
WEAK_WEIGHT = 0.5
WEAK_RULES = {
    "safety_or_fraud": re.compile(
        r"(?i)\b(?:scam\w*|fraud\w*|hack(?:ed|ing)|phishing|stolen|theft|unsafe|dangerous|data breach|food poisoning)\b"
    ),
    "billing": re.compile(
        r"(?i)\b(?:refund\w*|overcharg\w*|(?:double|wrongly) charged|charged (?:me|twice|my)|billing|my bill|invoice"
        r"|money back|reimburse\w*|payment (?:failed|declined|issue))\b"
    ),
}


def weak_category(text: str) -> str | None:
    """The category that the words of a complaint leave no doubt about, of the two that no set labels; or None."""
    return next((name for name, pattern in WEAK_RULES.items() if pattern.search(text)), None)
