"""What a rewritten sentence leaves out: who says it, conditions and limits must stay, and parts must not be joined."""

from __future__ import annotations

import pytest

from summarize.pipeline.rewriting.omissions import find_omissions, keeps_meaning


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("The bridge will close, the paper said.", "The bridge will close."),
        ("The bridge will close, the paper's editor said, in line with plans.", "The bridge will close."),
        ("The bridge will close on Monday, as a first step, a spokesman said.", "The bridge will close on Monday."),
        ("“The bridge will close,” said Anna Berg of the council.", "The bridge will close."),
        ("The bridge will close, according to the council.", "The bridge will close."),
        ("According to the council, the bridge will close.", "The bridge will close."),
        ("The council reported that the bridge will close.", "The bridge will close."),
        ("The mayor said on Monday the bridge will close.", "The bridge will close."),
        ("As the mayor said, the bridge will close.", "The bridge will close."),
        ("The bridge, police said, closed on Monday.", "The bridge closed on Monday."),
        ("The firm has questions and wants data, said the people, who did not give names.", "The firm has questions."),
        ("I have read the books.", "“I have read the books,” he says."),
    ],
)
def test_who_says_it_is_not_left_out(source: str, rewritten: str) -> None:
    assert not keeps_meaning(rewritten, source)


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("The fee is due, unless the delay was ours.", "The fee is due."),
        ("The old file is still read, but only until May.", "The old file is still read."),
        ("They may enter on a day's notice, but without notice only if it burns.", "They may enter on a day's notice."),
        ("The net does not work for images in the wild.", "The net does not work for images."),
        ("Interest is due at 8 % above the base rate.", "Interest is due at 8 %."),
        ("If we book two years, the fee is waived.", "The fee is waived."),
        ("And if a paper is to be believed, he bought a house.", "He bought a house."),
        ("Upon termination, the firm shall return the data.", "The firm shall return the data."),
        ("When the lamp stays on, rinse the tank.", "Rinse the tank."),
        ("The map shows whether the bridge is open.", "The bridge is open."),
        ("The gap has grown from 195 in May to 354 in June.", "The gap has grown from 195 in May."),
        ("It lies between the old mill and the river.", "It lies between the old mill."),
        ("The bridge did not close on Monday.", "The bridge did close on Monday."),
        ("The bridge may close on Monday.", "The bridge close on Monday."),
        ("Only members may vote here.", "Members may vote here."),
        ("It is one of the two bridges that close in May.", "It is one of the two bridges."),
        ("All the boats which were built here leak.", "All the boats."),
        ("Sales fell in Europe.", "Sales fell."),
        ("The drug cut deaths in mice.", "The drug cut deaths."),
        ("The drug is safe for adults.", "The drug is safe."),
        ("It's also free for members.", "It's also free."),
        ("He was cleared of murder.", "He was cleared."),
        ("The bank refused to pay in cash.", "The bank refused to pay."),
        ("Anna is without a boat of her own.", "Anna is without a boat."),
        ("Of them 66 % called it bad in a poll.", "Of them 66 % called it bad."),
        ("It is the first bridge of its kind.", "It is the first bridge."),
        ("As far as the crew is concerned, Tom is the best man.", "Tom is the best man."),
        ("Sometimes, you need the newer net.", "You need the newer net."),
        ("We changed it because if nobody ends it, we could go on.", "We could go on."),
        ("By default, gzip keeps the name.", "Gzip keeps the name."),
        ("Otherwise I'll be late for work.", "I'll be late for work."),
        ("Only Canada, excluding Quebec, may win.", "Only Canada may win."),
        ("On Tuesday December 4, the guild will have an open house.", "The guild will have an open house."),
        ("The report is due by 5pm for all teams.", "The report is due."),
        (
            "It ends when the net (an old, slow one) is on, and no word comes.",
            "It ends when the net (an old, slow one) is on.",
        ),
    ],
)
def test_a_condition_or_limit_is_not_left_out(source: str, rewritten: str) -> None:
    assert not keeps_meaning(rewritten, source)


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("He praised both Anna Berg and the new captain Tom Lund.", "He praised both Tom Lund."),
        ("The jaw is thought to belong to a species that was the first.", "The jaw is thought to be the first."),
        ("Banks including Dahl, Berg and Lund of York have closed.", "Banks including Dahl, Berg have closed."),
        ("Anna's brother and Tom's sister won it.", "Anna's sister won it."),
        ("This week's race is Tom's last race.", "This week's race is last race."),
        ("Question answering is a hard task.", "Question is a hard task."),
        ("System: Ubuntu also seen once", "Ubuntu also seen once System."),
        ("We show that the model (a large one) is better.", "We show that the model."),
        ("The differences between them, seen here, are small.", "The differences between them, seen here."),
        ("She was told her illness, which her mother had, was grave.", "She was told her illness."),
        ("The failure of Tom feeling the pressure is known.", "The failure of the pressure is known."),
        ("Thefts are, nothing new, but these are.", "Thefts are, but these are."),
        ("The bridge, if it is dry, opens.", "The bridge opens."),
        ("Anna is with the Canadian Broadcasting Corporation.", "Anna is with the Canadian Corporation."),
        ("Makers of salt, helped by the weather, led the jump.", "Makers of salt, helped by the weather."),
        ("The net, made of salt, takes all data.", "The net made of salt."),
        ("I would like to leave.", "You would like to leave."),
        ("Patient: I had surgery on my feet some years ago.", "Patient: I'm fifty years ago."),
        (
            "They are read from the forms of full queries instead of from forms of words.",
            "They are read from forms of words.",
        ),
        ("As the thoughts return, this voice grows.", "As the voice grows."),
        ("A man was smoking, and smoke bothers me.", "A man was smoking, and smoke bother me."),
        ("There are about 20 boats.", "There are 20 boats."),
        ("“So what,” bank President Esther George told us.", "“So what,” bank President says."),
        ("By mixing both kinds of salt, we get more.", "By mixing both kinds of salt."),
        ("By mixing salt and sand, we get more.", "By mixing salt and sand."),
        ("It is in /usr/share/common-licenses/GPL.", "It is in /usr/share/GPL."),
        ("Use the option --files-from here.", "Use the option --files."),
        ("Setting this is equal to setting both of them.", "Setting both of them."),
        ("The example shows how to use the net.", "Using the net."),
        ("We call this way of training “mixed”.", "We call this way of training."),
        ("The net is free; you can sell it.", "You can sell it."),
        ("Using -L causes the -name test to fail.", "Using -name test to fail."),
        ("Tom wants you to know that at nine, the shop opens.", "Tom wants you to know that at nine."),
        ("It is the same and so to keep it, there is no part.", "It is the same and so to keep it."),
        ("We have a way for salt, and for small fish, we have two.", "We have a way for salt, and for small fish."),
    ],
)
def test_parts_that_the_source_does_not_put_together_are_not_joined(source: str, rewritten: str) -> None:
    assert not keeps_meaning(rewritten, source)


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("The bridge closed on Monday.", "The bridge closed on Monday."),
        ("The bridge closed on Monday, and the mayor said it was late.", "The bridge closed on Monday."),
        ("The bridge closed on Monday, which the mayor said was late.", "The bridge closed on Monday."),
        ("The mayor said the bridge closed.", "The mayor said the bridge closed."),
        ("The actor, 30, said that she was happy.", "Anna Berg said that she was happy."),
        ("The bridge, which was built in May, closed.", "The bridge closed."),
        ("Anna Berg (left) met Tom - the mayor - on Monday.", "Anna Berg met Tom on Monday."),
        ("The 30-year-old Dutch striker scored.", "The 30-year-old striker scored."),
        ("His herd at a farm in the north includes cows.", "His herd includes cows."),
        ("It was taken in Rome in March.", "It was taken in March."),
        ("The mayor believes that Tom won.", "The mayor believes Tom won."),
        ("The company, which sold it on Monday, is old.", "The company sold it on Monday."),
        ("It will be his his last race.", "It will be his last race."),
        ("So the the curve is short.", "So the curve is short."),
        ("Anna 's bridge does n't close .", "Anna's bridge doesn't close."),
        ("Anna   's bridge is old.", "Anna's bridge is old."),
        ("It is a new bridge in York.", "It is a new bridge."),
        ("It is free; you can sell it.", "You can sell it."),  # too short to be a clause of its own
        ("Tom scores the first goal in York.", "Tom scored the first goal."),
        ("We present a method for trees that is fast.", "We present a method for trees."),
        ("It will be led by Tom Lund who leaves in May.", "It will be led by Tom Lund."),
        ("The bridge has already closed.", "The bridge has closed."),
        ("The bridge closed after it rained.", "The bridge closed."),
        ("In October, Anna left.", "Anna left."),
        ("Tom met Anna Monday.", "Tom met Anna."),
        ("It did not rain, but the match in York was off.", "It did not rain."),
        ("It was no surprise, and Tom left for York.", "It was no surprise, and Tom left."),
        ("Toyota raised its forecast, citing a weak yen.", "Toyota raised its forecast."),
        ("Toyota raised its forecast, thereby helping the yen.", "Toyota raised its forecast."),
        ("In October, Anna left, and it rained.", "In October, Anna left."),
        ("It closed in May, after ten years, as planned.", "It closed in May, after ten years."),
        ("It rained.", "Something else."),
        ("", "It rained."),
    ],
)
def test_what_can_be_left_out(source: str, rewritten: str) -> None:
    assert keeps_meaning(rewritten, source)


def test_omissions_have_their_places_and_their_surroundings() -> None:
    omissions, is_in_order = find_omissions("Anna met Tom in York.", "On Monday, Anna (left) met Tom in York again.")
    assert is_in_order
    assert [(o.place, o.text.strip()) for o in omissions] == [
        ("before", "On Monday,"), ("between", "(left)"), ("after", "again."),
    ]  # fmt: skip
    for omission in omissions:
        assert omission.before + omission.text + omission.after == "On Monday, Anna (left) met Tom in York again."


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("We move on Friday, because half of us are in Leeds.", "Half of us are in Leeds."),
        ("He won although the others had trained for years.", "The others had trained for years."),
        ("Ms Pratt said what was counted: 410 cars an hour.", "410 cars an hour."),
        ("Breaking: amounts are decimals.", "Amounts are decimals."),
    ],
)
def test_a_reason_or_a_list_is_no_summary_of_its_sentence(source: str, rewritten: str) -> None:
    assert not keeps_meaning(rewritten, source)


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("No Europeans were hurt in the flood.", "Europeans were hurt in the flood."),
        ("Few Americans trust the banks.", "Americans trust the banks."),
        ("Hardly any Chinese firms sell it.", "Chinese firms sell it."),
        ("never use the lamp in the rain", "use the lamp in the rain"),
        ("On Monday, no people were hurt.", "People were hurt."),
        ("Alleged robber Tom Lee left the town.", "Tom Lee left the town."),
    ],
)
def test_what_denies_the_first_words_is_not_left_out(source: str, rewritten: str) -> None:
    assert not keeps_meaning(rewritten, source)


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("The hall opens in May, on condition that it is dry.", "The hall opens in May."),
        ("It costs 5 % less than planned.", "It costs 5 %."),
        ("The flat is theirs if they sign and pay.", "The flat is theirs if they sign."),
    ],
)
def test_conditions_stay_whole(source: str, rewritten: str) -> None:
    assert not keeps_meaning(rewritten, source)


def test_a_denial_in_another_clause_may_be_left_out() -> None:
    assert keeps_meaning("The hall opens in May.", "Not that anybody asked, the hall opens in May.")
