"""The ranking of similar tickets, without a database."""

import doctest

from odoo.tests import BaseCase, tagged

from odoo.addons.helpdesk_intake import similarity


@tagged("post_install", "-at_install")
class TestSimilarity(BaseCase):
    def make(self, key, title, body=""):
        return similarity.Text.make(key, title.split(), body.split())

    def rank(self, text, *others):
        return [key for key, _score, _words in similarity.rank(text, others)]

    def test_examples(self):
        result = doctest.testmod(similarity)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)

    def test_rare_words_count_more(self):
        text = self.make(0, "error factur aduan")
        others = [self.make(n, "error factur") for n in range(1, 6)]
        self.assertEqual(self.rank(text, *others, self.make(9, "error aduan"))[0], 9)

    def test_the_title_counts_more(self):
        text = self.make(0, "banc conciliac")
        in_body = self.make(1, "otro", "banc conciliac")
        in_title = self.make(2, "banc conciliac", "otro")
        self.assertEqual(self.rank(text, in_body, in_title), [2, 1])

    def test_synonyms(self):
        self.assertEqual(
            self.rank(
                self.make(0, "comprob"), self.make(1, "nomin"), self.make(2, "factur")
            ),
            [2],
        )

    def test_badly_written_words(self):
        text = self.make(0, "conciliacion")
        self.assertEqual(
            self.rank(text, self.make(1, "conciliacio"), self.make(2, "nomin")), [1]
        )

    def test_the_same_text_scores_one(self):
        text = self.make(0, "a b", "c d")
        self.assertAlmostEqual(
            similarity.rank(text, [self.make(1, "a b", "c d")])[0][1], 1
        )

    def test_nothing_in_common(self):
        self.assertEqual(self.rank(self.make(0, "a"), self.make(1, "b")), [])
        self.assertEqual(self.rank(self.make(0, ""), self.make(1, "")), [])
