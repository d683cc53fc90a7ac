package listing

import (
	"fmt"
	"strings"

	"ocopsync/internal/ocop"
)

// Text is what a person calls the state; an unknown one in readable words.
func (s State) Text() ocop.Text {
	switch s {
	case OnSale:
		return ocop.Text{VI: "đang bán", EN: "on sale"}
	case InReview:
		return ocop.Text{VI: "chờ duyệt", EN: "in review"}
	case AwaitingPerson:
		return ocop.Text{VI: "chờ người xử lý", EN: "awaiting a person"}
	case Rejected:
		return ocop.Text{VI: "bị từ chối", EN: "rejected"}
	case TakenDown:
		return ocop.Text{VI: "bị sàn gỡ", EN: "taken down"}
	case Locked:
		return ocop.Text{VI: "bị sàn khóa", EN: "locked"}
	case OffSale:
		return ocop.Text{VI: "ngừng bán", EN: "off sale"}
	case Gone:
		return ocop.Text{VI: "không còn trên sàn", EN: "gone"}
	case NotListed:
		return ocop.Text{VI: "chưa có tin đăng", EN: "not listed"}
	}
	return plainWords(string(s))
}

// FieldText is what a person calls one of a listing's fields, by its name (see
// Fields.Names).
func FieldText(name string) ocop.Text {
	vi := map[string]string{
		"title": "tên", "description": "mô tả", "category": "ngành hàng", "price": "giá bán", "stock": "tồn kho", "unit": "đơn vị tính",
		"pictures": "hình ảnh", "documents": "giấy tờ", "attributes": "thuộc tính", "state": "trạng thái",
	}[name]
	if vi == "" {
		return plainWords(name)
	}
	return ocop.Text{VI: vi, EN: name}
}

// Text is what a person calls the change: to do it.
func (k Kind) Text() ocop.Text {
	if d, known := k.deed(); known {
		return ocop.Text{VI: d.vi, EN: string(k)}
	}
	return plainWords(string(k))
}

// Did says what became of n listings: "43 created, awaiting review". There are
// words for every kind and status; unknown ones are said as they are.
func Did(k Kind, s Status, n int) ocop.Text {
	d, known := k.deed()
	form, ends := s.form()
	if !known || !ends {
		said := fmt.Sprintf("%d %s", n, plainWords(strings.TrimSpace(string(k)+" "+string(s))).EN)
		return ocop.Text{VI: said, EN: said}
	}
	return ocop.Text{VI: fmt.Sprintf(form.VI, n, d.vi), EN: fmt.Sprintf(form.EN, n, d.en)}
}

// Would says what is planned for n listings: "30 would be taken off sale".
func Would(k Kind, n int) ocop.Text {
	d, known := k.deed()
	if !known {
		d = deed{vi: plainWords(string(k)).VI, en: plainWords(string(k)).EN}
	}
	return ocop.Text{VI: fmt.Sprintf("sẽ %[2]s %[1]d tin", n, d.vi), EN: fmt.Sprintf("%d would be %s", n, d.en)}
}

// Kinds lists all kinds of changes, in the order in which they are told.
func Kinds() []Kind {
	return []Kind{Create, Update, Relist, Adopt, Unlist, Retire, Resolve, Hold, None}
}

// Statuses lists all ways in which an order ends, in the order in which they
// are told.
func Statuses() []Status { return []Status{Done, Submitted, Waiting, Failed} }

// deed is what a change does: a verb in Vietnamese, a participle in English.
type deed struct{ vi, en string }

func (k Kind) deed() (deed, bool) {
	switch k {
	case Create:
		return deed{"đăng mới", "created"}, true
	case Update:
		return deed{"cập nhật", "updated"}, true
	case Relist:
		return deed{"bán lại", "put back on sale"}, true
	case Adopt:
		return deed{"nhận quản lý", "adopted"}, true
	case Unlist:
		return deed{"ngừng bán", "taken off sale"}, true
	case Retire:
		return deed{"gỡ trùng", "taken off sale as a duplicate"}, true
	case Resolve:
		return deed{"tra cứu lại", "looked up again"}, true
	case Hold:
		return deed{"giữ lại", "held"}, true
	case None:
		return deed{"để nguyên", "left as it is"}, true
	}
	return deed{}, false
}

// form is the sentence of an end, which takes a number and a deed.
func (s Status) form() (ocop.Text, bool) {
	switch s {
	case Done:
		return ocop.Text{VI: "đã %[2]s %[1]d tin", EN: "%d %s"}, true
	case Submitted:
		return ocop.Text{VI: "đã gửi yêu cầu %[2]s %[1]d tin, chờ duyệt", EN: "%d %s, awaiting review"}, true
	case Waiting:
		return ocop.Text{VI: "%d tin chờ người %s", EN: "%d to be %s by a person"}, true
	case Failed:
		return ocop.Text{VI: "%d tin không %s được", EN: "%d could not be %s"}, true
	}
	return ocop.Text{}, false
}

// plainWords gives a word of ours that nobody has put into words.
func plainWords(word string) ocop.Text {
	said := strings.ReplaceAll(word, "_", " ")
	return ocop.Text{VI: said, EN: said}
}
