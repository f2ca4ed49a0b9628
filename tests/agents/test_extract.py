from agents.extract import answer_from

TABLE = """We ship as follows.

| Way | Cost | Time |
|---|---|---|
| Standard | $4.99 | 3-5 days |
| Express | $12.99 | 1 day |

Silver customers pay nothing."""


def test_a_short_section_is_told_whole() -> None:
    assert answer_from("drones?", "We ship on weekdays. It takes two days.") == (
        "We ship on weekdays. It takes two days."
    )


def test_a_long_section_is_told_from_its_closest_sentence_on() -> None:
    filler = "We sell many things of every kind in our big shop downtown. " * 10
    answer = answer_from("When is pickup?", f"{filler}\n\nPickup is at noon. Bring the slip.")
    assert answer == "Pickup is at noon. Bring the slip."


def test_a_table_becomes_lines_of_the_rows_that_fit() -> None:
    answer = answer_from("what does express cost", TABLE)
    assert "- Express, Cost: $12.99, Time: 1 day" in answer
    assert "Standard" not in answer
    assert "|" not in answer


def test_all_rows_are_told_when_none_is_named() -> None:
    assert answer_from("delivery", TABLE).count("\n- ") == 2


def test_a_list_stays_whole_and_on_lines_of_its_own() -> None:
    text = "Do this.\n\n1. Pull the plug.\n2. Wait.\n\nThen call."
    assert answer_from("wait", text) == "Do this.\n1. Pull the plug.\n2. Wait.\nThen call."


def test_the_rows_of_what_was_asked_before_are_told() -> None:
    assert "Express" not in answer_from("what is the cost?", TABLE, "standard shipping")


def test_the_words_of_the_columns_choose_no_row() -> None:
    table = "| Plan | Term |\n|---|---|\n| A | 30 days, after the term |\n| B | none |"
    assert answer_from("minimum term?", table).count("- ") == 2
