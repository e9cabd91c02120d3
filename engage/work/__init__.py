"""One function per decision: open a unit, ask a pure function, write rows and events. The edges call these."""
