from app.domain.checks import Block, Caution, block, blocks, caution, cautions
from app.domain.programmes import presets

ACROSS = presets()["roegfri_paa_tvaers"]


def test_a_block_and_a_caution_name_the_document_they_come_from():
    said = block(ACROSS, "voucher_number", "too-many-vouchers", field="number", given=5)
    assert said == Block("too-many-vouchers", "voucher_number", "S2", "number", {"given": 5})
    assert caution(ACROSS, "follow_up_margin", "late") == Caution("late", "follow_up_margin", "W")


def test_a_block_stands_until_its_rule_is_overridden_and_a_caution_never_blocks():
    checks = [block(ACROSS, "voucher_number", "a"), caution(ACROSS, "voucher_value", "b")]
    assert [check.code for check in blocks(checks)] == ["a"]
    assert blocks(checks, overridden={"voucher_number"}) == ()
    assert [check.code for check in cautions(checks)] == ["b"]
