"""What the presets note beside their rules: said in the user's language, where it is one of these."""

from typing import Final

from app.i18n import _, mark

NOTES: Final = frozenset(
    (
        mark('"En gang på et år": calendar year or twelve months is not said; twelve months is the stricter reading.'),
        mark('"En gang på et år": rolling counts twelve months back from the day, calendar counts from 1 January.'),
        mark("35 % municipal and 65 % national of the 5 %."),
        mark("A suggestion."),
        mark("About an hour."),
        mark("About four, and as needed."),
        mark("About four."),
        mark("Across the municipalities."),
        mark("An employee who contacts us on the citizen's behalf counts as a referral."),
        mark("As a possibility."),
        mark("At the place itself."),
        mark("Best gone through regularly."),
        mark("By what the participants need."),
        mark("Consent may be given orally; the written information is handed over."),
        mark("Counselling with medicine: five times the chance of becoming smoke-free."),
        mark("Counted from the stop date."),
        mark("Counted from the stop date; the unit months from general knowledge."),
        mark("Eleven in the project's second round."),
        mark("Everybody who agreed to be contacted, also those who did not complete."),
        mark("Footnote 5, with a typing error in the original; not used unless a report asks for it."),
        mark("From 15 to 17 years people consent themselves; the counsellor judges maturity."),
        mark("If judged relevant, and while the course is followed. Røgfri på Tværs gives a subsidy instead."),
        mark("Main text: three or more sessions. Footnote 5 says more than three."),
        mark("Medicine is settled separately."),
        mark("More than 12 participants: two counsellors."),
        mark("Observed in one municipality, together with other flexible forms."),
        mark("Observed, not a rule."),
        mark("Of the 5 %, the rest by Stoplinien and E-kvit."),
        mark("Of those who had stopped, not of everybody."),
        mark("On average."),
        mark("On different days."),
        mark("On the day."),
        mark("Only those who did not cancel."),
        mark("Open courses without a stop date."),
        mark("Optional, where the place's staff want it."),
        mark("Pharmacies with an address in the municipalities and an agreement."),
        mark("REF01 is called XREF15 today."),
        mark("Røgfri på Tværs says ask, advise, refer."),
        mark("Røgfri på Tværs says six, Lungeforeningen ten."),
        mark("Røgfri på Tværs says two working days."),
        mark("Said of the eight, by the sum above probably counted for nine."),
        mark("Storrygerindsats and the inspiration sheet say one week."),
        mark("Subsidy: more than 15. The target group says 15 or more."),
        mark("Target group: 15 or more, or equivalent tobacco. The subsidy says more than 15."),
        mark("The basic course of Kræftens Bekæmpelse, or an education of the same level."),
        mark("The guide has no definition of its own: the national one."),
        mark("The intake meeting counts only if it holds counselling."),
        mark("The municipalities report running, under a code of their own."),
        mark("The national database's definition, which the pool was measured by."),
        mark("The national database's own definition."),
        mark("The participant completes the course that was agreed."),
        mark("The pool was measured by it; late and wrong registration was a common trouble."),
        mark("The sheet has no definition of its own: the national one."),
        mark("The successor in Copenhagen: groups of 5 to 10."),
        mark("The target group of Røgfri på Tværs says 15 or more."),
        mark("The text says all participants; its list of standards says those who completed."),
        mark("The total of 37,000 in the text counts Tårnby (0185), the eight together have 31,700."),
        mark("Twelve weekly handouts and ten sessions: the last two are given outside a session."),
        mark("Two municipalities always had two in a group."),
        mark("Tårnby (0185) takes part in the youth effort only; the sum is 620,000 kroner."),
        mark("Valid in month five to seven only."),
        mark("What made self-referrers come."),
        mark("While the agreed course is followed, and if it is judged relevant."),
        mark("Without a planned stop date the course has ended after so long without attendance."),
        mark("Worth considering as part of a course."),
    )
)


_WORDED_BEFORE: Final = {
    "Eleven in the project's second round (W).": "Eleven in the project's second round.",
    "Elsewhere the same text says those who completed.":
        "The text says all participants; its list of standards says those who completed.",
    "If judged relevant, and while the course is followed. S2 gives a subsidy instead.":
        "If judged relevant, and while the course is followed. Røgfri på Tværs gives a subsidy instead.",
    "S1 and S4 say one week.": "Storrygerindsats and the inspiration sheet say one week.",
    "S2 says ask, advise, refer.": "Røgfri på Tværs says ask, advise, refer.",
    "S2 says six, S3 ten.": "Røgfri på Tværs says six, Lungeforeningen ten.",
    "S2 says two working days.": "Røgfri på Tværs says two working days.",
    "S2's target group says 15 or more.": "The target group of Røgfri på Tværs says 15 or more.",
    "Subsidy: more than 15. The target group says 15 or more: heavy_smoker_least.":
        "Subsidy: more than 15. The target group says 15 or more.",
    "Target group: 15 or more, or equivalent tobacco. The subsidy says more than 15: voucher_cigarettes_above.":
        "Target group: 15 or more, or equivalent tobacco. The subsidy says more than 15.",
    "The text says all participants; its list of standards says those who completed: follow_up_standard_population.":
        "The text says all participants; its list of standards says those who completed.",
}  # fmt: skip
"""Notes that cooperations hold as a preset worded them once; the rule is the same, and so is what it says."""


def note_word(note: str) -> str:
    """Return a note as one reads it, one of a preset of before too; what the cooperation wrote itself as it is."""
    known = _WORDED_BEFORE.get(note, note)
    return _(known) if known in NOTES else note
