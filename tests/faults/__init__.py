"""`make faults`: the promises of delivery, proved at the sink while every plug is pulled."""
