"""An iCalendar file of somebody else's -> drafts. Sizes and nesting are bounded before anything is understood."""
