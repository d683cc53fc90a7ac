package ocop

import "strings"

// ReadRating reads a rating as registries and annexes write it: "4", "4.0",
// "4 sao", "OCOP 4 sao (QĐ 114/QĐ-UBND, 15/1/2020)", "4*", "★★★★☆", "hạng 4",
// "bốn sao", "4 sao (đề xuất 5 sao)". Empty, "-" and "chưa xếp hạng" are no
// rating, without an error.
//
// It claims a star only where every word is understood. It refuses several
// ratings in one value, counts of products, points, halves, ranges, and words
// that take the rating back.
func ReadRating(s string) (Rating, error) {
	if len(s) == 1 && '1' <= s[0] && s[0] <= '5' {
		return Rating{Recognized: Stars(s[0] - '0')}, nil
	}
	if err := checkReadable(s); err != nil {
		return Rating{}, err
	}
	tokens := withoutQuotes(scan(s))
	if len(tokens) == 0 || noRating(tokens) {
		return Rating{}, nil
	}
	r := ratingReader{value: s, tokens: tokens, joined: true}
	if len(tokens) == 1 && tokens[0].kind == digits {
		return r.bare(smallInt(tokens[0].text))
	}
	for r.at < len(r.tokens) {
		if err := r.next(); err != nil {
			return Rating{}, err
		}
	}
	return r.result()
}

// A ratingReader walks over the tokens of one value.
type ratingReader struct {
	value  string
	tokens []token
	at     int
	last   ratingWord // of the word just before, across ":"

	found, asked Stars   // recognized and proposed so far
	points       float64 // highest points named
	none         bool    // "chưa xếp hạng"
	free         bool    // a citation has begun: unknown words and numbers may follow a rating
	joined       bool    // nothing since the last rating opens a second subject

	depth     int        // open parentheses
	scope     ratingWord // the marker that what follows stands under: proposed, upgrade or 0
	scopeAt   int        // depth of that marker
	dangling  bool       // no rating since the marker
	lastPlain bool       // the last rating found was a recognized one
	lateClaim bool       // "được công nhận" after a proposed rating: whose is it?
	lifted    bool       // "nâng hạng" without a word that it is only asked for
}

func (r *ratingReader) next() error {
	t := r.tokens[r.at]
	switch t.kind {
	case digits:
		return r.number()
	case word:
		return r.word()
	}
	if star, _ := starGlyph(t.text); star {
		n, err := r.glyphs()
		if err != nil {
			return err
		}
		return r.rating(n)
	}
	return r.mark(t.text)
}

// word reads the longest known phrase from here.
func (r *ratingReader) word() error {
	if n := spelledNumber(r.tokens[r.at].text); n > 0 {
		if length := r.starAfter(r.at+1, n); length > 0 {
			r.at += 1 + length
			return r.rating(n)
		}
	}
	meaning, length := longestPhrase(r.tokens[r.at:], ratingWordOf)
	if length == 0 {
		if r.free && r.has() {
			r.at++
			r.last = 0
			return nil
		}
		return refuse(r.value, "Có từ không hiểu được trong ô hạng sao: chỉ ghi hạng của sản phẩm này, ví dụ “4 sao”.",
			"holds the word \""+excerpt(r.tokens[r.at].text)+"\", which no rating has: write this product's rating alone, for example \"4 sao\"")
	}
	first := r.tokens[r.at].text
	r.at += length
	r.last = meaning
	switch meaning {
	case starWord:
		if r.at < len(r.tokens) && r.tokens[r.at].is(":") { // "Sao: 4"
			r.last = rankWord
			return nil
		}
		return refuse(r.value, "Có chữ “sao” nhưng không rõ mấy sao.", "says \"sao\" (star) without saying how many")
	case joinWord:
		r.joined = false
	case recognized:
		if r.scope != 0 && !r.dangling {
			r.scope, r.lateClaim = 0, true
		}
	case proposed, upgrade:
		r.lifted = r.lifted || r.scope == 0 && (first == "nang" || first == "len")
		// "đề nghị nâng hạng", said in two words or more, is one marker.
		if r.scope == 0 || !r.dangling || meaning == upgrade {
			r.scope = meaning
		}
		r.scopeAt, r.dangling = r.depth, true
	case unranked:
		r.none = true
	case revoking:
		return refuse(r.value, "Ô hạng sao có từ phủ định, giới hạn, thu hồi hoặc hết hạn: ghi riêng hạng sao và riêng tình trạng.",
			"holds a word that denies, limits or takes back the rating: give the rating and the status apart")
	case citing:
		r.free = true
	case rankWord, plainWord, pointsWord, numberedBy, countedWord:
	}
	return nil
}

// mark reads one punctuation mark.
func (r *ratingReader) mark(c string) error {
	r.at++
	switch c {
	case "(", "[":
		r.depth++
	case ")", "]":
		r.depth--
		if r.scope != 0 && r.scopeAt > r.depth {
			if err := r.endScope(); err != nil {
				return err
			}
		}
	case "+", "&", ";", "/", "|", "\\":
		r.joined = false
	case ",", ".", "-", "–", "—", "!", "•", "·", "=":
	case ":":
		return nil // "hạng: 4" binds
	default:
		if !r.free || !r.has() || strings.Contains("?~<>≥≤→%±", c) {
			return refuse(r.value, "Có ký hiệu không rõ nghĩa trong ô hạng sao: chỉ ghi hạng, ví dụ “4 sao”.",
				"holds the sign \""+c+"\", which no rating has: write the rating alone, for example \"4 sao\"")
		}
	}
	r.last = 0
	return nil
}

// glyphs counts a run of stars. Hollow ones fill up to five: "★★★★☆" is four;
// a run of hollow ones alone may be four stars or none of four.
func (r *ratingReader) glyphs() (int, error) {
	full, hollow := 0, 0
	for ; r.at < len(r.tokens); r.at++ {
		star, isHollow := starGlyph(r.tokens[r.at].text)
		if !star {
			break
		}
		if isHollow {
			hollow++
			continue
		}
		if hollow > 0 {
			full += int(MaxStars) // full after hollow: no reading
		}
		full++
	}
	if full == 0 || hollow > 0 && full+hollow != int(MaxStars) || full > int(MaxStars) || full == 1 && hollow == 0 && r.tokens[r.at-1].is("*") {
		return 0, refuse(r.value, "Các dấu sao không cho biết chắc mấy sao: ghi bằng số, ví dụ “4 sao”.",
			"the stars drawn don't surely say how many: write a number, for example \"4 sao\"")
	}
	return full, nil
}

// rating takes one rating that the value names.
func (r *ratingReader) rating(n int) error {
	stars := Stars(n)
	if !stars.Valid() {
		return refuse(r.value, "Hạng sao chỉ từ 1 đến 5.", "a rating is 1 to 5 stars")
	}
	r.last, r.lateClaim = 0, false
	if r.scope != 0 {
		if r.asked != 0 && r.asked != stars {
			return r.several()
		}
		r.asked, r.dangling, r.lastPlain = stars, false, false
		return nil
	}
	if r.found != 0 && (r.found != stars || !r.joined) {
		return r.several()
	}
	r.found, r.joined, r.lastPlain = stars, true, true
	return nil
}

// endScope closes the words under a marker. A marker without a rating of its
// own makes the one before it a proposal: "5 sao (đề xuất)".
func (r *ratingReader) endScope() error {
	scope := r.scope
	r.scope = 0
	if !r.dangling {
		return nil
	}
	r.dangling = false
	if scope == upgrade || !r.lastPlain || r.asked != 0 {
		return refuse(r.value, "Không rõ hạng nào đã công nhận, hạng nào mới đề nghị: ghi ví dụ “4 sao (đề xuất 5 sao)”.",
			"does not say which rating is recognized and which is asked for: write for example \"4 sao (đề xuất 5 sao)\"")
	}
	r.asked, r.found, r.lastPlain = r.found, 0, false
	return nil
}

func (r *ratingReader) result() (Rating, error) {
	if r.scope != 0 {
		if err := r.endScope(); err != nil {
			return Rating{}, err
		}
	}
	switch {
	case !r.has() && !r.none:
		return Rating{}, refuse(r.value, "Không thấy hạng sao: ghi ví dụ “4 sao”, hoặc để trống nếu chưa có.",
			"names no rating: write for example \"4 sao\", or leave it empty where there is none")
	case r.lifted:
		return Rating{}, refuse(r.value, "Không rõ đã nâng hạng hay mới đề nghị nâng hạng: ghi ví dụ “4 sao (đề xuất 5 sao)”.",
			"does not say whether the upgrade is done or asked for: write for example \"4 sao (đề xuất 5 sao)\"")
	case r.found != 0 && r.none, r.asked != 0 && r.asked <= r.found, r.lateClaim:
		return Rating{}, refuse(r.value, "Hạng đã công nhận và hạng đề nghị mâu thuẫn nhau: ghi ví dụ “4 sao (đề xuất 5 sao)”.",
			"the recognized and the proposed rating contradict each other: write for example \"4 sao (đề xuất 5 sao)\"")
	case r.points > 0 && StarsOfPoints(r.points) < max(r.found, r.asked):
		return Rating{}, refuse(r.value, "Điểm đánh giá thấp hơn hạng sao đã ghi (Quyết định 148/QĐ-TTg).",
			"the points are too few for the rating (Decision 148/QĐ-TTg)")
	}
	return Rating{Recognized: r.found, Proposed: r.asked}, nil
}

func (r *ratingReader) has() bool { return r.found != 0 || r.asked != 0 }

func (r *ratingReader) several() error {
	return refuse(r.value, "Có nhiều hạng sao trong một ô: chỉ ghi hạng của sản phẩm này.",
		"names several ratings: write this product's rating alone")
}

// noRating says whether the whole value says "none".
func noRating(tokens []token) bool {
	var b strings.Builder
	for _, t := range tokens {
		if t.kind == other && t.text != "-" && t.text != "–" && t.text != "—" && t.text != "/" {
			return false
		}
		if t.kind != other {
			b.WriteString(t.text)
			b.WriteByte(' ')
		}
	}
	switch text := strings.TrimSuffix(b.String(), " "); text {
	case "":
		return tokens[0].text != "/"
	case "khong", "chua", "n a", "na", "none", "null", "0", "0 sao", "no":
		return true
	default:
		return ratingWordOf(text) == unranked
	}
}
