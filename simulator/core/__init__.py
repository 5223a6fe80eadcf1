"""The waist of the product: events, records, labels, decisions, history, time and draws."""
