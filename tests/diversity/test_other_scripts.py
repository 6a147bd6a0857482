"""Near copies are near copies in every script, and other texts are not."""

from __future__ import annotations

import pytest

from sdf.diversity.shingles import jaccard, shingles

TEXTS = {
    "ja": (
        "朝、港の事務所で台帳を開くと、昨日の便が一つ抜けていた。係の人は電話を取りながら、首を横に振った。",
        "朝、港の事務所で台帳を開くと、昨日の便が二つ抜けていた。係の人は電話を取りながら、首を横に振った。",
        "祖母の店では、豆腐を切る音で一日が始まる。兄はまだ寝ているし、犬は戸口で雨を見ている。",
    ),
    "zh": (
        "早上打开码头办公室的台账，昨天的一班船没有记上。值班的人一边接电话，一边摇头。",
        "早上打开码头办公室的台账，昨天的两班船没有记上。值班的人一边接电话，一边摇头。",
        "外婆的铺子里，一天从切豆腐的声音开始。哥哥还在睡，狗趴在门口看雨。",
    ),
    "th": (
        "ตอนเช้าเปิดสมุดที่สำนักงานท่าเรือ เที่ยวเรือเมื่อวานหายไปหนึ่งเที่ยว คนเฝ้ารับโทรศัพท์ไปส่ายหน้าไป",
        "ตอนเช้าเปิดสมุดที่สำนักงานท่าเรือ เที่ยวเรือเมื่อวานหายไปสองเที่ยว คนเฝ้ารับโทรศัพท์ไปส่ายหน้าไป",
        "ร้านของยายเริ่มวันด้วยเสียงหั่นเต้าหู้ พี่ชายยังไม่ตื่น หมานอนดูฝนอยู่หน้าประตู",
    ),
}


@pytest.mark.parametrize("language", TEXTS)
def test_one_changed_word_leaves_a_near_copy(language: str) -> None:
    text, copy, other = map(shingles, TEXTS[language])
    assert len(text) > 25
    assert jaccard(text, copy) > 0.6
    assert jaccard(text, other) < 0.1
