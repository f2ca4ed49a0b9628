"""How fast a turn is and what it costs, beside a plain LangGraph server and a floor."""
