"""The coordinator's vouchers: invoices against what was issued."""
