"""Demo data: two organisations, 200 stations and six months of what happened at them. The same data at every start."""
