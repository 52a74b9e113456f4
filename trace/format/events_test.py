"""Tests that events.py refuses wrong lists with a message, and that unpacking returns the fields that were packed."""

from __future__ import annotations

import unittest

from trace.format.events import EVENTS, RARE, SWITCHED, USUAL, Event, Field, ListError, mask, pack, parse, record, schema_text, unpack

GOOD = """/* A list. EVENT(9, NOT, not, 0) is in a comment. */
#ifndef EVENT
#define EVENT(id, NAME, name, ext)
#endif
EVENT(0, EXT, ext, 0)
EVENT_FIELD(EXT, value, 0, 0, 64, HEX)
EVENT(1, PROBE, probe, 1)
EVENT_FIELD(PROBE, low, 0, 0, 8, UINT)
EVENT_FIELD(PROBE, high, 0, 8, 56, HEX)
EVENT(2, CLOCK, clock, 0)
EVENT_ALWAYS(CLOCK)
EVENT(3, DETAIL, detail, 0)
EVENT_RARE(DETAIL)
"""


class Parse(unittest.TestCase):
    """Tests of parse()."""

    def refuse(self, change: tuple[str, str], said: str) -> None:
        """Replaces @p change[0] in the good list by @p change[1], and expects a message that matches @p said."""
        self.assertIn(change[0], GOOD)
        with self.assertRaisesRegex(ListError, said):
            parse(GOOD.replace(*change))

    def test_a_good_list_is_read_with_its_fields_and_flags(self) -> None:
        probe = Event(1, "probe", 1, False, (Field("low", 0, 0, 8, "uint"), Field("high", 0, 8, 56, "hex")))
        self.assertEqual(parse(GOOD)[1:], [probe, Event(2, "clock", 0, True, ()), Event(3, "detail", 0, False, (), True)])

    def test_fields_that_share_a_bit_are_refused(self) -> None:
        self.refuse(("high, 0, 8, 56", "high, 0, 7, 57"), "probe.low: the field overlaps probe.high")

    def test_two_fields_may_have_the_same_bits_in_different_words(self) -> None:
        self.assertEqual(parse(GOOD.replace("high, 0, 8, 56", "high, 1, 0, 64"))[1].fields[1].word, 1)

    def test_a_field_that_does_not_fit_its_word_is_refused(self) -> None:
        self.refuse(("high, 0, 8, 56", "high, 0, 8, 57"), "probe.high: bits .8, 65. do not fit")
        self.refuse(("high, 0, 8, 56", "high, 0, 8, 0"), "probe.high: bits .8, 8. do not fit")

    def test_a_field_in_a_word_that_the_event_lacks_is_refused(self) -> None:
        self.refuse(("high, 0", "high, 2"), "probe.high: the field is in word 2, but the last word of the event is 1")

    def test_an_unknown_field_type_is_refused(self) -> None:
        self.refuse(("0, 8, UINT", "0, 8, UNIT"), "probe.low: unknown type unit .known types: address, cause,")

    def test_a_field_before_its_event_is_refused(self) -> None:
        self.refuse(("EVENT_FIELD(PROBE, low", "EVENT_FIELD(CLOCK, low"), "no event CLOCK is listed above this line")

    def test_missing_and_repeated_ids_are_refused(self) -> None:
        self.refuse(("EVENT(2, CLOCK", "EVENT(4, CLOCK"), "clock: the event has id 4, but it is number 2 in the list")
        self.refuse(("EVENT(2, CLOCK", "EVENT(1, CLOCK"), "clock: the event has id 1, but it is number 2 in the list")

    def test_a_record_longer_than_four_slots_is_refused(self) -> None:
        self.refuse(("probe, 1)", "probe, 4)"), "probe: a record can have at most 3 EXT slots")

    def test_an_id_without_a_bit_in_the_mask_is_refused(self) -> None:
        more = "".join(f"EVENT({number}, E{number}, e{number}, 0)\n" for number in range(4, 57))
        with self.assertRaisesRegex(ListError, "e56: the mask of events has no bit for ids from 56 on"):
            parse(GOOD + more)

    def test_a_name_that_is_listed_twice_is_refused(self) -> None:
        self.refuse(("CLOCK, clock, 0", "PROBE, probe, 0"), "probe: the event is listed twice")

    def test_an_event_needs_its_name_in_capitals(self) -> None:
        self.refuse(("CLOCK, clock, 0", "CLOCK, time, 0"), "must be the name in capitals, TIME")

    def test_a_malformed_line_is_refused(self) -> None:
        self.refuse(("EVENT_ALWAYS(CLOCK)", "EVENT_NEVER(CLOCK)"), "EVENT_NEVER.*: a line must be EVENT, ")
        self.refuse(("probe, 1)", "probe)"), "EVENT cannot have 3 arguments")
        self.refuse(("probe, 1)", "probe, one)"), "one is not a number")


class Records(unittest.TestCase):
    """Tests with the events of events.def."""

    def test_the_mask_cannot_change_sync_lost_observing_and_ecall_value(self) -> None:
        self.assertEqual({*EVENTS} - {*SWITCHED}, {"ext", "sync", "lost", "observing", "ecall_value"})

    def test_a_rare_event_is_on_only_if_it_is_named(self) -> None:
        self.assertEqual(RARE, ("ecall_args",))
        self.assertEqual({*SWITCHED} - {*USUAL}, {*RARE})

    def test_the_mask_has_the_bit_of_each_events_id(self) -> None:
        self.assertEqual(mask(["exit", "mark"]), 1 << EVENTS["exit"].id | 1 << EVENTS["mark"].id)

    def test_unpacking_is_the_inverse_of_packing(self) -> None:
        for event in EVENTS.values():
            values = {field.name: (0x9E3779B97F4A7C15 >> index) % (1 << field.bits) for index, field in enumerate(event.fields)}
            with self.subTest(event=event.name):
                self.assertEqual(unpack(event.name, pack(event.name, **values)), values)

    def test_the_words_of_an_exit_match_the_documentation(self) -> None:
        words = pack("exit", duration=5, cause=9, before=1, after=1, outcome=2, module=3, pc=0x80001000, value=7)
        self.assertEqual(words, [5 | 9 << 32 | 1 << 40 | 1 << 42 | 2 << 44 | 3 << 48, 0x80001000, 7])
        self.assertEqual(unpack("exit", words[:1])["duration"], 5)
        self.assertNotIn("pc", unpack("exit", words[:1]))

    def test_pack_refuses_unknown_fields_and_values_that_do_not_fit(self) -> None:
        with self.assertRaisesRegex(ValueError, "module.event: 256 does not fit into 8 bits"):
            pack("module", event=256)
        with self.assertRaisesRegex(ValueError, "mark has no field colour"):
            pack("mark", colour=1)

    def test_record_makes_a_header_and_numbered_ext_slots_with_one_timestamp(self) -> None:
        slots = record((1 << 48) + 1000, "ecall", eid=0x54494D45, a0=5, error=1)
        self.assertEqual([tag & (1 << 48) - 1 for tag, _ in slots], [1000] * 4)
        self.assertEqual([tag >> 48 for tag, _ in slots], [8 | 3 << 8, 0, 1 << 8, 2 << 8])
        self.assertEqual([payload for _, payload in slots], [0x54494D45, 5, 0, 1])

    def test_the_schema_has_a_line_for_each_event_and_field(self) -> None:
        self.assertEqual(
            schema_text(parse(GOOD)),
            "event 0 ext 0\nfield ext value 0 0 64 hex\nevent 1 probe 1\nfield probe low 0 0 8 uint\n"
            "field probe high 0 8 56 hex\nevent 2 clock 0\nevent 3 detail 0\n",
        )


if __name__ == "__main__":
    unittest.main()
