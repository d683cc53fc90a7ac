package listing

import (
	"strconv"

	"ocopsync/internal/ocop"
)

// Value gives the attribute under the name that markets use for it, "" when it
// is not known.
func (a Attributes) Value(name string) string {
	switch name {
	case "ocop_stars":
		if a.Stars > 0 {
			return strconv.Itoa(int(a.Stars))
		}
	case "ocop_certificate":
		return a.Certificate
	case "ocop_expires_on":
		return a.ExpiresOn
	case "producer":
		return a.Producer
	case "origin":
		return a.Origin
	}
	return ""
}

// attributeName is the attribute's name in a sentence to a person.
func attributeName(name string) ocop.Text {
	switch name {
	case "ocop_stars":
		return ocop.Text{VI: "hạng sao OCOP", EN: "OCOP stars"}
	case "ocop_certificate":
		return ocop.Text{VI: "số giấy chứng nhận OCOP", EN: "number of the OCOP certificate"}
	case "ocop_expires_on":
		return ocop.Text{VI: "ngày hết hạn của giấy chứng nhận OCOP", EN: "day on which the OCOP certificate ends"}
	case "producer":
		return ocop.Text{VI: "tên chủ thể", EN: "producer's name"}
	case "origin":
		return ocop.Text{VI: "xuất xứ (xã, huyện hoặc địa chỉ)", EN: "origin (commune, district or address)"}
	}
	return ocop.Text{VI: "thuộc tính \"" + name + "\"", EN: "attribute \"" + name + "\""}
}

// documentName is the document's name in a sentence to a person.
func documentName(kind ocop.DocumentKind) ocop.Text {
	switch kind {
	case ocop.OCOPCertificate:
		return ocop.Text{VI: "giấy chứng nhận OCOP", EN: "OCOP certificate"}
	case ocop.FoodSafety:
		return ocop.Text{VI: "giấy chứng nhận an toàn thực phẩm", EN: "food safety certificate"}
	case ocop.AlcoholLicence:
		return ocop.Text{VI: "giấy phép sản xuất, kinh doanh rượu", EN: "alcohol licence"}
	case ocop.HealthDeclaration:
		return ocop.Text{VI: "bản công bố sản phẩm", EN: "product's health declaration"}
	}
	return ocop.Text{VI: "giấy tờ \"" + string(kind) + "\"", EN: "document \"" + string(kind) + "\""}
}
