package ocop

import (
	"fmt"
	"strings"
)

// Text is what a person calls the field.
func (f Field) Text() Text {
	vi := ""
	switch f {
	case FieldCode:
		vi = "mã sản phẩm"
	case FieldName:
		vi = "tên sản phẩm"
	case FieldRating:
		vi = "hạng sao"
	case FieldStatus:
		vi = "trạng thái"
	case FieldGroup:
		vi = "nhóm sản phẩm"
	case FieldProducer:
		vi = "chủ thể"
	case FieldCertificate:
		vi = "giấy chứng nhận"
	case FieldImages:
		vi = "hình ảnh"
	case FieldDocuments:
		vi = "giấy tờ"
	case FieldPrice:
		vi = "giá bán"
	case FieldUnit:
		vi = "đơn vị tính"
	case FieldStock:
		vi = "tồn kho"
	case FieldGTIN:
		vi = "mã vạch"
	case FieldWeight:
		vi = "khối lượng"
	case FieldRow:
		vi = "dòng"
	default:
		vi = string(f)
	}
	return Text{VI: vi, EN: string(f)}
}

// Text is the place as a person would look it up, in both languages.
func (p Place) Text() Text {
	return Text{VI: p.in("trang tính", "dòng", "cột"), EN: p.String()}
}

// in writes the place with these words for a sheet, a row and a column.
func (p Place) in(sheet, row, column string) string {
	var parts []string
	if p.File != "" {
		parts = append(parts, p.File)
	}
	if p.Sheet != "" {
		parts = append(parts, fmt.Sprintf("%s %q", sheet, p.Sheet))
	}
	if p.Row > 0 {
		parts = append(parts, fmt.Sprintf("%s %d", row, p.Row))
	}
	if p.Column != "" {
		parts = append(parts, column+" "+p.Column)
	}
	return strings.Join(parts, ", ")
}
