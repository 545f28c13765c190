"""Detection of texts in other languages; English is never called foreign, however short or technical."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.text.language import LANGUAGE_NAMES, SAMPLE_CHARACTERS, foreign_language

FOREIGN = {
    "German": "Der Bürgermeister hat am Montag den Minister in Berlin getroffen. Es ging um die neue Brücke am Fluss.",
    "French": "Le maire a rencontré le ministre à Paris lundi. Il était question du nouveau pont sur la rivière.",
    "Spanish": "El alcalde se reunió el lunes con el ministro en Madrid para hablar del nuevo puente sobre el río.",
    "Italian": "Il sindaco ha incontrato lunedì il ministro a Roma per parlare del nuovo ponte sul fiume.",
    "Portuguese": "O prefeito reuniu-se na segunda-feira com o ministro em Lisboa para falar da nova ponte.",
    "Dutch": "De burgemeester ontmoette maandag de minister in Amsterdam om over de nieuwe brug te praten.",
    "Swedish": "Borgmästaren träffade ministern i Stockholm på måndagen för att tala om den nya bron över floden.",
    "Polish": "Burmistrz spotkał się w poniedziałek z ministrem w Warszawie, aby porozmawiać o nowym moście.",
    "Czech": "Starosta se v pondělí setkal s ministrem v Praze, aby mluvili o novém mostě přes řeku.",
    "Russian": "Мэр встретился с министром в Москве в понедельник, чтобы обсудить новый мост через реку.",
    "Greek": "Ο δήμαρχος συνάντησε τον υπουργό στην Αθήνα τη Δευτέρα για να μιλήσουν για τη νέα γέφυρα.",
    "Turkish": "Belediye başkanı pazartesi günü Ankara'da bakanla görüştü ve yeni köprü hakkında konuştular.",
    "Arabic": "التقى العمدة بالوزير يوم الاثنين في القاهرة لمناقشة الجسر الجديد فوق النهر",
    "Chinese": "市长星期一在北京会见了部长，讨论了新桥的建设问题。",
    "Japanese": "市長は月曜日に東京で大臣と会い、新しい橋について話し合った。",
    "Korean": "시장은 월요일 서울에서 장관을 만나 강 위의 새 다리에 대해 이야기를 나누었다.",
    "Hindi": "महापौर ने सोमवार को दिल्ली में मंत्री से मुलाकात की और नदी पर नए पुल के बारे में बात की।",
}

ENGLISH = [
    "",
    "OK",
    "The cat sat.",
    "Bonjour!",
    "Mayor Anna Smith met the minister in New York on Monday. It was 2,500.",
    "Anna Müller, José García, François Dupont, Giuseppe Rossi, Björn Åkesson",
    "lol brb gtg omg thx u2 c ya l8r tmrw cu @ the usual place",
    "Das Meeting ist cancelled. The new schedule will be sent out tomorrow by the team lead.",
    "The café’s maître d’hôtel, Señor Núñez, served crème brûlée and jalapeño soufflé to the Führer of fashion.",
    "The mayor o the toon met wi the meenister on Monanday, an thay spak aboot the new brig.",
    "git rebase -i HEAD~3; pip install torch==2.13 --no-deps; export PYTHONPATH=$PWD; cd ../src && make -j8 install",
    "2026-11-22 12:00:01 kernel: usb 1-1: new high-speed USB device number 2 using xhci_hcd\nWARN upstream timed out\n",
    "def f(x):\n    return [i**2 for i in range(x) if i % 2]\nclass Foo(Bar):\n    pass\nimport numpy as np\nx = 3",
    "SELECT id, name FROM users WHERE created_at > now() - interval '1 day' GROUP BY region ORDER BY id DESC LIMIT 10;",
    "α-tocopherol inhibits PKC via PP2A; IC50 = 4.2 µM (p<0.01). HeLa cells (n=6) vs. NIH-3T3 fibroblasts, 37 °C.",
    "Pasta alla carbonara: guanciale, pecorino romano, uova, pepe nero. Boil the pasta. Fry the guanciale until crisp.",
    "Apple Google Microsoft Amazon Tesla Nvidia 12 34 56 7.8% 9,000 USD EUR GBP JPY revenue growth margin guidance Q3",
    "3f2a 9b1c ff00 deadbeef cafe babe 0001 a1b2c3 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    '{"id": 17, "status": "failed", "retries": 3, "host": "db-01.internal", "tags": ["prod", "eu-west"], "ok": false}',
    "<div class='x'><span id=\"y\">foo</span><ul><li>bar</li></ul></div>" * 5,
    "name | height | weight\nmast | 9 m | 12 kg\nhull | 3 m | 800 kg\nkeel | 1 m | 200 kg\nrudder | 1 m | 20 kg",
    "| " * 500,
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 " * 20,
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\U0001f600\U0001f601\U0001f602" * 40,
]


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_recognised(language: str) -> None:
    assert foreign_language(FOREIGN[language]) == language
    assert foreign_language((FOREIGN[language] + "\n") * 100) == language


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_never_called_foreign(text: str) -> None:
    assert foreign_language(text) is None
    assert foreign_language((text + "\n") * 20) is None


def test_a_foreign_quotation_does_not_make_a_text_foreign() -> None:
    english = "The mayor met the minister on Monday, and they spoke about the bridge for an hour. " * 20
    assert foreign_language(english + FOREIGN["French"]) is None
    assert foreign_language(FOREIGN["French"] + english) is None


def test_of_a_long_text_the_beginning_middle_and_end_are_judged() -> None:
    def laid_out(sampled: str, between: str) -> str:
        """A text that has `sampled` where foreign_language looks, and `between` elsewhere."""
        judged, skipped = (sampled * 99)[:SAMPLE_CHARACTERS], (between * 99)[: 2 * SAMPLE_CHARACTERS]
        return judged + skipped + judged + skipped + judged

    english, german = "The mayor met the minister, and they were there. ", FOREIGN["German"] + " "
    assert foreign_language(laid_out(german, english)) == "German"
    assert foreign_language(laid_out(english, german)) is None


@given(st.text())
def test_any_text_is_accepted(text: str) -> None:
    assert foreign_language(text) in {None, *LANGUAGE_NAMES.values()}


@pytest.mark.slow
def test_english_does_not_load_the_detector_and_no_text_loads_torch() -> None:
    script = (
        "import json, sys; from summarize.text.language import foreign_language\n"
        "english, german = json.load(sys.stdin)\n"
        "assert foreign_language(english) is None; print('py3langid' in sys.modules, end=' ')\n"
        "assert foreign_language(german) == 'German'; print('torch' in sys.modules)"
    )
    texts = json.dumps([ENGLISH[4] * 3, FOREIGN["German"]])
    shown = subprocess.run([sys.executable, "-c", script], input=texts, capture_output=True, text=True, check=True)
    assert shown.stdout == "False False\n"
