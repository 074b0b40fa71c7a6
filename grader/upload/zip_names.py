"""Decodes the names in a zip whose program did not say in which encoding it wrote them.

A zip marks names in UTF-8, or it has them again in UTF-8 in an extra field. Zips from Windows often
do neither: their names are in the code page of the country where the computer was sold. Python
takes all of these for cp437, which turns Korean into box drawings.

The rule: if all names are valid UTF-8, they are UTF-8. Otherwise each code page below decodes all
names of the archive, because one program wrote them, and one that cannot decode a name is out. Each
decoded character gets a weight from 0 to 1: a common letter of the languages of the code page gets
1, a rare one less, a sign 0. A letter that does not fit to its neighbors, because it is of another
script or because `JosÚ` has a capital at its end, gets less. The highest mean wins. Korean and
Chinese use the same bytes for different common letters, so frequent family names add to the mean.
"""

import struct
import unicodedata
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from zipfile import ZipInfo

IS_UTF_8 = 0x800  # a flag; see 4.4.4 in PKWARE's APPNOTE.TXT
UNICODE_PATH = 0x7075  # an extra field; see 4.6.9 there
MOST_SAMPLES = 200  # parts of names that are weighed
LEAST_MEAN = 0.4  # A lower mean is no decoding that anybody would recognize.
SURNAME_BONUS = 0.5
MIXED = 0.6  # the factor for an East Asian character beside a Latin letter

# The most frequent family names, by their first or only character.
KOREAN_NAMES = (
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진나지엄채원천"
)
JAPANESE_NAMES = (
    "佐鈴高田伊渡山中小加吉松井木林斎斉清森池橋阿石前長村近後坂遠青藤西福太三浦岡竹金上原大野河内藤"
)
CHINESE_NAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤康包欧施牛章鲁俞柳葛翁游"
)
TAIWANESE_NAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴"
    "范方宋鄧杜傅侯曹薛丁卓阮馬董溫唐藍石蔣古紀姚連馮歐程湯田康姜白汪鄒尤巫鐘黎涂龔嚴韓袁"
)
WESTERN_LETTERS = frozenset("äöüßéèêëáàâíìîóòôúùûñçåøæÄÖÜÉÁÓÚÑÇÅØÆ")


@dataclass(frozen=True)
class CodePage:
    """A code page.

    Attributes:
        codec: its name in Python.
        title: its name in a remark.
        weight: returns how common a character is, given the ones before and after it.
        surnames: the first characters of frequent family names.
    """

    codec: str
    title: str
    weight: Callable[[str, str, str], float]
    surnames: str = ""


def names_of(members: Sequence[ZipInfo]) -> tuple[list[str], str]:
    """Return the name of each member of a zip, and the encoding that was assumed for some.

    The encoding is "" if the zip says how its names are written, or if they are ASCII or UTF-8.
    """
    known = [_known_name(member) for member in members]
    raw = [
        member.orig_filename.encode("cp437")
        for member, name in zip(members, known, strict=True)
        if name is None
    ]
    codec, title = _guess(raw)
    decoded = iter([name.decode(codec, "replace") for name in raw])
    names = [next(decoded) if name is None else name for name in known]
    # A name ends at a null byte, as in zipfile.
    return [name.partition("\0")[0] for name in names], title


def is_marked(member: ZipInfo) -> bool:
    """Whether a zip says how the name of a member is written."""
    return _known_name(member) is not None


def _known_name(member: ZipInfo) -> str | None:
    """Return the name of a member, or None if the zip does not say how it is written."""
    if member.flag_bits & IS_UTF_8:
        return member.orig_filename
    extra = member.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(field) > 5:
            checksum = struct.unpack("<I", field[1:5])[0]
            # With another checksum, the name was changed and the field was not.
            if checksum == zlib.crc32(member.orig_filename.encode("cp437")):
                return field[5:].decode("utf-8", "replace")
    return None


def _guess(names: Collection[bytes]) -> tuple[str, str]:
    """Return the codec in which names most probably are, and its title for a remark, or ""."""
    if _decodes(names, "utf-8"):
        return "utf-8", ""
    parts = (part for name in names for part in name.split(b"/") if not part.isascii())
    samples = list(islice(dict.fromkeys(parts), MOST_SAMPLES))
    pages = [page for page in CODE_PAGES if _decodes(names, page.codec)]
    means = [_mean(samples, page) for page in pages]
    best = max(means, default=0.0)
    if best < LEAST_MEAN:
        return "cp437", "cp437 (none fits)"
    page = pages[means.index(best)]
    return page.codec, page.title


def _decodes(names: Collection[bytes], codec: str) -> bool:
    try:
        for name in names:
            name.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _mean(samples: Collection[bytes], page: CodePage) -> float:
    """Return the mean weight of the characters that are not ASCII, and the bonus for surnames."""
    weights, words, surnames = [], 0, 0
    for sample in samples:
        text = f" {sample.decode(page.codec)} "
        for before, character, after in zip(text, text[1:], text[2:], strict=False):
            if not character.isascii():
                weight = page.weight(before, character, after)
                is_mixed = _is_ascii_letter(before) or _is_ascii_letter(after)
                weights.append(weight * MIXED if page.surnames and is_mixed else weight)
                if not before.isalpha():
                    words += 1
                    surnames += character in page.surnames
    return sum(weights) / len(weights) + SURNAME_BONUS * surnames / max(1, words)


def _korean(before: str, character: str, after: str) -> float:
    if not "가" <= character <= "힣":
        return 0.3 if _is_ideograph(character) else 0.1
    lead, trail = _two_bytes(character, "cp949")
    if lead < 0xB0 or trail < 0xA1:
        return 0.2  # not in KS X 1001
    # A syllable's number in Unicode is (first consonant × 21 + vowel) × 28 + last consonant.
    number = ord(character) - ord("가")
    has_double_consonant = number // 588 in (1, 4, 8, 10, 13)
    has_frequent_end = number % 28 in (0, 1, 4, 8, 16, 17, 19, 21)
    return 1 if has_frequent_end and not has_double_consonant else 0.7


def _chinese(before: str, character: str, after: str) -> float:
    lead, trail = _two_bytes(character, "gbk")
    if not _is_ideograph(character):
        return 0.3
    if trail < 0xA1 or not 0xB0 <= lead <= 0xF7:
        return 0.1  # not in GB 2312
    return 1 if lead <= 0xD7 else 0.5  # GB 2312 has the frequent characters first


def _taiwanese(before: str, character: str, after: str) -> float:
    if not _is_ideograph(character):
        return 0.3
    return 1 if _two_bytes(character, "cp950")[0] <= 0xC6 else 0.4  # as in GB 2312


def _japanese(before: str, character: str, after: str) -> float:
    if "ぁ" <= character <= "ヿ" or character == "々":
        return 1
    if not _is_ideograph(character):
        return 0.1  # a sign, or katakana of half the width
    return 1 if _two_bytes(character, "cp932")[0] <= 0x98 else 0.6  # as in GB 2312


def _western(before: str, character: str, after: str) -> float:
    if not character.isalpha():
        return 0
    if not _is_ascii_letter(before) and not _is_ascii_letter(after):
        return 0.3  # Among letters with accents only, it is rather a letter of another alphabet.
    if not _fits_case(before, character, after):
        return 0.1
    if character in "ßá":  # the same byte in cp850 and in cp1252; compare Weiß with Márta
        is_sharp_s = before in "aeiouäöü" and after not in "rz"
        return 1 if is_sharp_s == (character == "ß") else 0.6
    if character.islower() and not before.isalpha():
        return 0.8  # A name begins with a capital.
    return 1 if character in WESTERN_LETTERS else 0.6


def _cyrillic(before: str, character: str, after: str) -> float:
    is_cyrillic = "Ѐ" <= character <= "ӿ"
    if not is_cyrillic or _is_ascii_letter(before) or _is_ascii_letter(after):
        return 0
    return 1 if _fits_case(before, character, after) else 0.1


def _fits_case(before: str, character: str, after: str) -> bool:
    """Whether a letter is a capital only at the beginning of a word or among capitals."""
    if character.isupper():
        return not before.islower()
    return not (before.isupper() and after.isupper())


def _is_ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _two_bytes(character: str, codec: str) -> tuple[int, int]:
    """Return the bytes of a character; the second is 0 if it has only one."""
    encoded = character.encode(codec)
    return encoded[0], encoded[1] if len(encoded) > 1 else 0


def _is_ideograph(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


# If two means are equal, the first one wins.
CODE_PAGES = (
    CodePage("cp1252", "cp1252 (Western Europe)", _western),
    CodePage("cp850", "cp850 (Western Europe)", _western),
    CodePage("cp1251", "cp1251 (Cyrillic)", _cyrillic),
    CodePage("cp866", "cp866 (Cyrillic)", _cyrillic),
    CodePage("cp949", "cp949 (Korean)", _korean, KOREAN_NAMES),
    CodePage("cp932", "cp932 (Japanese)", _japanese, JAPANESE_NAMES),
    CodePage("gbk", "cp936 (Chinese)", _chinese, CHINESE_NAMES),
    CodePage("cp950", "cp950 (Taiwan)", _taiwanese, TAIWANESE_NAMES),
)
