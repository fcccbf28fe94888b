"""Users, their roles per brand, tokens, and the record of what they read and wrote. No X ids."""
