"""One function per question, which returns plain data to the API and to pages alike. All but `audit` read MongoDB."""
