package ocop

import (
	"strconv"
	"strings"
)

// bare reads a value that is one number and nothing else.
func (r *ratingReader) bare(n int) (Rating, error) {
	if n == 0 {
		return Rating{}, nil
	}
	if n < 0 || n > int(MaxStars) {
		return Rating{}, refuse(r.value, "Hạng sao chỉ từ 1 đến 5; điểm hoặc năm không phải là hạng sao.",
			"a rating is 1 to 5 stars; points or a year are no rating")
	}
	return Rating{Recognized: Stars(n)}, nil
}

// number reads a number with what belongs to it: a rating, points, a date, the
// number of a decision.
func (r *ratingReader) number() error {
	parts, seps, length := r.compound()
	after := r.at + length
	next, _ := longestPhrase(r.tokens[min(after, len(r.tokens)):], ratingWordOf)
	n := smallInt(parts[0])
	if whole := len(parts) == 2 && (seps == "." || seps == ",") && strings.Trim(parts[1], "0") == ""; whole || len(parts) == 1 {
		// "4", "4.0": a rating where a star follows or a rank precedes.
		if stars := r.starAfter(after, n); stars > 0 {
			r.at = after + stars
			return r.rating(n)
		}
		binds := r.last == rankWord || r.scope != 0 && r.dangling && r.last == r.scope
		alone := len(r.tokens) == length || len(r.tokens) == length+1 && after < len(r.tokens) && r.tokens[after].is(".")
		if (binds && next != countedWord && next != pointsWord && n >= 1 && n <= int(MaxStars)) || alone {
			r.at = after
			return r.rating(n)
		}
	}
	last, prev := parts[len(parts)-1], r.last
	r.last = 0
	r.at = after
	switch {
	case next == countedWord:
		return refuse(r.value, "Đây là số lượng sản phẩm, không phải hạng của một sản phẩm.", "counts products instead of rating one")
	case next == pointsWord && len(parts) <= 2 && seps != "/" && seps != "-":
		points, err := strconv.ParseFloat(strings.Join(parts, "."), 64)
		if err != nil || points > 100 {
			return refuse(r.value, "Điểm đánh giá phải từ 0 đến 100.", "points are 0 to 100")
		}
		r.points = max(r.points, points)
		return nil
	case after < len(r.tokens) && strings.HasPrefix(r.tokens[after].text, "qd"): // "114/QĐ-UBND"
		r.free = true
		return nil
	case isYear(last) && (len(parts) == 1 || seps != "," && seps != "."+","): // "2021", "1/2020", "15/1/2020"
		return nil
	case isYear(parts[0]) && len(parts) == 3: // "2020-01-15"
		return nil
	case prev == numberedBy, prev == citing, r.free && r.has():
		return nil
	}
	return refuse(r.value, "Có số không rõ nghĩa trong ô hạng sao: ghi ví dụ “4 sao”. Điểm và số lượng không phải là hạng sao.",
		"holds a number that is not surely a rating: write for example \"4 sao\"; points and counts are no stars")
}

// compound takes numbers that are joined by one sign each: "4.0", "15/1/2020",
// and the slash of "114/QĐ". It gives how many tokens that is.
func (r *ratingReader) compound() (parts []string, seps string, length int) {
	rest := r.tokens[r.at:]
	parts, length = []string{rest[0].text}, 1
	for length < len(rest) && rest[length].kind == other && rest[length].glued {
		sep := rest[length].text
		if sep != "." && sep != "," && sep != "/" && sep != "-" || length+1 == len(rest) || !rest[length+1].glued {
			break
		}
		follows := rest[length+1]
		if follows.kind == word && sep == "/" && strings.HasPrefix(follows.text, "qd") {
			return parts, seps, length + 1
		}
		if follows.kind != digits {
			break
		}
		parts, seps, length = append(parts, follows.text), seps+sep, length+2
	}
	return parts, seps, length
}

// starAfter gives the length of what makes the number n before position i a
// rating: "sao", one star, n stars, or "(bốn) sao". 0 when nothing does.
func (r *ratingReader) starAfter(i, n int) int {
	rest := r.tokens[min(i, len(r.tokens)):]
	length := 0
	if len(rest) > 3 && rest[0].is("(") && rest[2].is(")") && (spelledNumber(rest[1].text) == n || rest[1].kind == digits && smallInt(rest[1].text) == n) {
		rest, length = rest[3:], 3
	}
	if len(rest) > 0 && rest[0].is("-") && rest[0].glued { // "4-star"
		rest, length = rest[1:], length+1
	}
	if len(rest) == 0 {
		return 0
	}
	if rest[0].kind == word && ratingWordOf(rest[0].text) == starWord {
		return length + 1
	}
	run := 0
	for run < len(rest) {
		if star, hollow := starGlyph(rest[run].text); !star || hollow && run > 0 {
			break
		}
		run++
	}
	if run == 1 || run > 0 && run == n {
		return length + run
	}
	return 0
}

// isYear says whether the digits are a year in which the programme can have
// decided something.
func isYear(s string) bool {
	n := smallInt(s)
	return len(s) == 4 && n >= 2010 && n < 2100
}
