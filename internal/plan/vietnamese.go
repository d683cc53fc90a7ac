package plan

import (
	"slices"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// Vietnamese gives a sentence of this package (a change's Why, what a guard
// says) in Vietnamese. Plans, records and runs keep the English one, so that a
// checksum does not depend on who reads; a sentence that is not of this package
// stays as it is.
func Vietnamese(sentence string) string {
	said := slices.Concat(sentences(), guardClauses())
	if vi, known := vietnamese(said, sentence); known {
		return vi
	}
	parts := strings.Split(sentence, "; ") // what a guard says, see clauses
	for i := range parts {
		parts[i], _ = vietnamese(said, parts[i])
	}
	return strings.Join(parts, "; ")
}

func vietnamese(said []ocop.Text, sentence string) (vi string, known bool) {
	for _, s := range said {
		values, is := take(s.EN, sentence)
		if is && !slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "; ") }) {
			for i := range values {
				values[i] = valueVI(values[i])
			}
			return fill(s.VI, values), true
		}
	}
	return sentence, false
}

// sentences are all that decide.go says; {} stands for a value.
func sentences() []ocop.Text {
	return []ocop.Text{
		{EN: "as wanted", VI: "đúng như mong muốn"},
		{EN: "eligible and not on the market", VI: "đủ điều kiện và chưa có trên sàn"},
		{EN: "eligible and off sale", VI: "đủ điều kiện và đang ngừng bán"},
		{EN: "our sources changed", VI: "nguồn dữ liệu đã thay đổi"},
		{EN: "left undone: the market's policy is {}", VI: "để nguyên: chính sách của sàn là {}"},
		{EN: "the price would move from {} to {}, more than {} %", VI: "giá sẽ đổi từ {} thành {}, hơn {} %"},
		{EN: "changed on the market", VI: "đã bị sửa trên sàn"},
		{EN: "corrected after the market's refusal", VI: "đã sửa sau khi sàn từ chối"},
		{EN: "exempt: left as it is", VI: "được miễn: để nguyên"},
		{EN: "left as it is: {}", VI: "để nguyên: {}"},
		{EN: "may not be on sale: {}", VI: "không được đăng bán: {}"},
		{EN: "cannot be listed yet: {}", VI: "chưa đăng bán được: {}"},
		{EN: "must be corrected first: {}", VI: "phải sửa trước: {}"},
		{EN: "the registry no longer has the product", VI: "sổ đăng ký không còn sản phẩm này"},
		{EN: "a listing under our SKU that is not in our memory", VI: "tin đăng mang SKU của ta mà hệ thống chưa biết"},
		{EN: "a listing of ours of which nothing counts as sent shows what is wanted", VI: "tin của ta chưa có gì được ghi là đã gửi, nay cho thấy đúng như mong muốn"},
		{EN: "what was sent last is forgotten, and the market shows what is wanted", VI: "nội dung gửi gần nhất đã bị quên, và sàn đang cho thấy đúng như mong muốn"},
		{EN: "the SKU is on the market twice; {} is kept", VI: "SKU này có hai tin đăng trên sàn; giữ lại {}"},
		{EN: "the listing lies in the market's bin, where its SKU stays taken", VI: "tin đăng nằm trong thùng rác của sàn và vẫn chiếm SKU"},
		{EN: "no list shows it, but the market says that it waits for its review", VI: "không danh sách nào cho thấy, nhưng sàn báo đang chờ duyệt"},
		{EN: "the listing has vanished; a second complete look must confirm it", VI: "tin đăng đã biến mất; cần một lần xem toàn bộ nữa để xác nhận"},
		{EN: "handed to a person; the market must show it before anything more is done", VI: "đã giao cho người thực hiện; đợi sàn cho thấy rồi mới làm tiếp"},
		{EN: "the market refused exactly this; it is sent again when it changes", VI: "sàn đã từ chối đúng nội dung này; sẽ gửi lại khi nội dung thay đổi"},
		{EN: "the market refused exactly this change; it is sent again when it changes", VI: "sàn đã từ chối đúng thay đổi này; sẽ gửi lại khi nội dung thay đổi"},
		{EN: "the market decided against exactly this; it is sent again when it changes", VI: "sàn đã bác đúng nội dung này; sẽ gửi lại khi nội dung thay đổi"},
		{EN: "a creating call was begun and its outcome is not known; it is looked up before anything is made", VI: "một lệnh đăng mới chưa rõ kết quả; phải tra cứu trước khi đăng"},
		{EN: "new listings wait for a complete look at the market", VI: "tin mới đợi một lần xem toàn bộ gian hàng"},
		{EN: "the market has the say: {}", VI: "đang do sàn quyết định: {}"},
		{EN: "one request at a time: the open one is not decided yet", VI: "mỗi lần một yêu cầu: yêu cầu trước chưa được quyết định"},
		{EN: "what the market holds is not known; the next complete look tells", VI: "chưa biết sàn đang giữ nội dung gì; lần xem toàn bộ tới sẽ rõ"},
		{EN: "on sale; a request to change it is not decided yet", VI: "đang bán; yêu cầu thay đổi chưa được quyết định"},
	}
}

// take finds the values of a sentence that a form with {} was filled with.
func take(form, sentence string) ([]string, bool) {
	parts := strings.Split(form, "{}")
	rest, is := strings.CutPrefix(sentence, parts[0])
	if !is {
		return nil, false
	}
	var values []string
	for i, part := range parts[1:] {
		var value string
		if i == len(parts)-2 { // the last value goes to the end
			value, is = strings.CutSuffix(rest, part)
			rest = ""
		} else {
			value, rest, is = strings.Cut(rest, part)
		}
		if !is {
			return nil, false
		}
		values = append(values, value)
	}
	return values, rest == ""
}

func fill(form string, values []string) string {
	for _, v := range values {
		form = strings.Replace(form, "{}", v, 1)
	}
	return form
}

// valueVI says a value: reasons, a state, the listing that is kept, a number.
func valueVI(value string) string {
	switch value {
	case "half of so few":
		return "một nửa của số ít ỏi này"
	case "the older one":
		return "tin cũ hơn"
	}
	if id, is := strings.CutPrefix(value, "listing "); is {
		return "tin " + id
	}
	words := strings.Split(value, ", ")
	for i, w := range words {
		if r := ocop.Reason(w); r.Text().VI != w {
			words[i] = strings.TrimSuffix(r.Text().VI, ".")
		} else {
			words[i] = listing.State(w).Text().VI
		}
	}
	return strings.Join(words, "; ")
}
