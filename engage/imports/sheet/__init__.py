"""A spreadsheet of somebody else's -> drafts, whether it comes as CSV or as a workbook."""
