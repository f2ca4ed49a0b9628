"""WebSockets: customers' and operators' conversations, live, and the operators' queue."""
