"""One function per question about tickets, which returns plain data to the API and to pages alike."""
