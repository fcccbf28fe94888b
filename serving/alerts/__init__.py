"""What people do with alerts and topics: acknowledge, snooze, resolve, write rules, rename."""
