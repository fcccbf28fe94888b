"""The desk's pages: inbox, ticket, problems, report."""
