"""Texts of each kind that the cleaning rules look for, and look-alikes that say something about the brand.

{a} and {b} are filled with two of WORDS. The look-alikes are written against the rules: half of them contain words that
a rule looks for, in a sentence that no person would call a giveaway, a promotion, or about something else.
"""

WORDS = (
    "flight",
    "gate",
    "bag",
    "suitcase",
    "crew",
    "seat",
    "refund",
    "voucher",
    "delay",
    "lounge",
    "app",
    "pilot",
    "meal",
    "terminal",
    "belt",
    "wifi",
    "upgrade",
    "queue",
    "counter",
    "ticket",
    "connection",
    "boarding",
    "agent",
    "hotel",
    "weather",
    "captain",
    "window",
    "aisle",
    "runway",
    "luggage",
    "payment",
    "card",
    "call",
    "email",
)
ORDINARY = (
    "the {a} at the {b} was much better than last time, well done",
    "still no {a} after three hours at the {b}, nobody knows anything",
    "why does the {a} never work when I need the {b}",
    "lovely {a} today and the {b} was on time for once",
    "I asked about my {a} twice and they sent me to the {b}",
    "my {a} came out broken and the {b} says it is not their problem",
    "can somebody explain what the {a} has to do with the {b}",
    "first time with this airline, the {a} is fine, the {b} less so",
)
FOREIGN = {
    "fr": "mon {a} est perdu depuis hier et personne ne répond au {b}",
    "de": "mein {a} ist seit gestern weg und am {b} hilft niemand",
    "es": "mi {a} sigue perdido y nadie contesta en el {b}",
}
PLANTED = {
    "off_brand": (
        "two coats of varnish on the old table and the {a} looks new",
        "varnishing the {a} this weekend, then the {b}",
        "which varnish do you use for a {a} made of oak",
    ),
    "giveaway": (
        "giveaway time! like and follow for a free {a}",
        "retweet and follow to win a {a} and a {b}",
        "enter to win two tickets, just answer below about your {a}",
        "want to win a brand new {a}? tag three friends",
        "give away: one {a} for one of you, closes on friday",
        "you could win a free {a}: share this post before monday",
        "prize draw! comment {a} and we pick one winner tonight",
    ),
    "promotion": (
        "promo code SUN24 gives you a cheaper {a}",
        "20% off every {a} until sunday, shop now",
        "cheap {a} for sale, dm me for prices",
        "new video about the {a}, link in my bio",
        "earn money from home while you wait for your {a}",
        "check out my blog about the {a} and the {b}",
        "limited time offer on the {a}, book now",
        "we compare every {a} so you pay less, visit our site today",
    ),
    "too_short": ("ok", "@user thanks", "no", "@user @user why", "wow :)"),
}
LOOK_ALIKES = {
    "off_brand": ("their reputation is tarnished since the {a}", "the {a} shines, the {b} does not"),
    "giveaway": (
        "they gave away my {a} although I had paid for it",
        "please retweet and follow this until they answer about my {a}",
        "I want to win my claim about the {a}, not an apology",
        "I will follow up about the {a} tomorrow",
        "nobody wins a free {a} from this company, believe me",
    ),
    "promotion": (
        "a voucher code that does not work is no refund for my {a}",
        "10% off is not what I call an apology for the {a}",
        "the app says book now but the {a} button is dead",
        "code share means nobody is responsible for the {a}",
        "check out took an hour because of the {a}",
        "so the {a} is for sale but my {b} is not on it",
    ),
    "too_short": ("{a} lost again", "where is {a} {b}", "worst {a} ever, horrible {b}"),
}
LONG = (
    "after a whole night at the {a} they finally told us that the {b} left without anybody on it and the next one goes "
    "on tuesday afternoon"
)
