"""Community meetings, calendar feeds and messages to residents, run from files that staff edit."""
