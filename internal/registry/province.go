package registry

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"ocopsync/internal/ocop"
)

// maxCode bounds a code; the longest seen has 22 characters.
const maxCode = 200

// provinceRecord is Product of the registry's contract, loosely typed so that
// one bad value does not cost the record.
type provinceRecord struct {
	Code        scalar          `json:"code"`
	Name        scalar          `json:"name"`
	Stars       scalar          `json:"stars"`
	Proposed    scalar          `json:"proposed_stars"`
	Status      scalar          `json:"status"`
	Group       scalar          `json:"group"`
	Subgroup    scalar          `json:"subgroup"`
	Producer    json.RawMessage `json:"producer"`
	Certificate json.RawMessage `json:"certificate"`
	Description scalar          `json:"description"`
	Story       scalar          `json:"story"`
	Images      json.RawMessage `json:"images"`
	Documents   json.RawMessage `json:"documents"`
	Price       scalar          `json:"price"`
	Unit        scalar          `json:"unit"`
	Stock       scalar          `json:"stock"`
	GTIN        scalar          `json:"gtin"`
	UpdatedAt   scalar          `json:"updated_at"`
}

type provinceProducer struct {
	Code           scalar `json:"code"`
	Name           scalar `json:"name"`
	Kind           scalar `json:"kind"`
	Representative scalar `json:"representative"`
	Phone          scalar `json:"phone"`
	Email          scalar `json:"email"`
	Address        scalar `json:"address"`
	Commune        scalar `json:"commune"`
	District       scalar `json:"district"`
}

type provinceCertificate struct {
	Number    scalar `json:"number"`
	Decision  scalar `json:"decision"`
	IssuedOn  scalar `json:"issued_on"`
	ExpiresOn scalar `json:"expires_on"`
	RevokedOn scalar `json:"revoked_on"`
}

// decodeProvince reads one record of the province dialect. A record whose code
// can be read is always a product, with a fault for every field that can't be;
// otherwise the product is nil and the fault is the record's.
func decodeProvince(raw []byte, at ocop.Place, base *url.URL) (*ocop.Product, ocop.Fault) {
	var rec provinceRecord
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, newFault(at, "", ocop.FieldRow, string(raw[:min(len(raw), maxValue)]), ocop.Text{
			VI: "bản ghi không phải là một đối tượng JSON", EN: "the record is no JSON object",
		})
	}
	code, ok := readCode(rec.Code)
	if !ok {
		at.Column = "code"
		return nil, newFault(at, "", ocop.FieldCode, rec.Code.text, ocop.Text{
			VI: fmt.Sprintf("bản ghi không có mã sản phẩm đọc được (tên: %q)", ocop.CleanText(rec.Name.text)),
			EN: fmt.Sprintf("the record has no code that can be read (name: %q)", ocop.CleanText(rec.Name.text)),
		})
	}
	p := &ocop.Product{Code: code}
	r := &recordReader{p: p, at: at}
	p.Name = r.line("name", ocop.FieldName, rec.Name)
	if p.Name == "" {
		r.fault("name", ocop.FieldName, rec.Name.text, ocop.Text{VI: "thiếu tên sản phẩm", EN: "the product's name is missing"})
	}
	p.Rating = r.rating("stars", rec.Stars)
	r.proposed(rec.Proposed)
	r.status(rec.Status)
	r.group("group", rec.Group)
	p.Subgroup = r.line("subgroup", ocop.FieldGroup, rec.Subgroup)
	r.producer(rec.Producer)
	r.certificate(rec.Certificate)
	p.Description = r.long("description", rec.Description)
	p.Story = r.long("story", rec.Story)
	r.images(rec.Images, base)
	r.documents(rec.Documents, base)
	r.offer(rec)
	p.UpdatedAt = r.instant("updated_at", rec.UpdatedAt)
	return p, ocop.Fault{}
}

func readCode(s scalar) (ocop.Code, bool) {
	if s.kind != isString && s.kind != isNumber {
		return "", false
	}
	code := ocop.CleanText(s.text)
	return ocop.Code(code), code != "" && len(code) <= maxCode
}

// proposed reads a rating that never counts, so what is wrong with it is told
// as a fault of the record and blocks nothing.
func (r *recordReader) proposed(s scalar) {
	if s.kind == absent || s.text == "" {
		return
	}
	n, ok := s.whole()
	if !ok || n < 0 || n > 5 {
		r.fault("proposed_stars", ocop.FieldRow, s.text, ocop.Text{VI: "hạng đề xuất phải là số nguyên từ 1 đến 5", EN: "expected a whole number of proposed stars from 1 to 5"})
		return
	}
	r.p.Rating.Proposed = ocop.Stars(n)
}

func (r *recordReader) status(s scalar) {
	text := r.line("status", ocop.FieldStatus, s)
	if text == "" {
		if s.kind != isStrange {
			r.fault("status", ocop.FieldStatus, "", ocop.Text{VI: "thiếu trạng thái công nhận", EN: "the status is missing"})
		}
		return
	}
	status, err := ocop.ReadStatus(text)
	r.refuse("status", ocop.FieldStatus, text, err)
	if err == nil {
		r.p.Status = status
	}
}

func (r *recordReader) group(column string, s scalar) {
	text := r.line(column, ocop.FieldGroup, s)
	if text == "" {
		if s.kind != isStrange {
			r.fault(column, ocop.FieldGroup, "", ocop.Text{VI: "thiếu nhóm sản phẩm", EN: "the product's group is missing"})
		}
		return
	}
	group, err := ocop.ReadGroup(text)
	r.refuse(column, ocop.FieldGroup, text, err)
	if err == nil {
		r.p.Group = group
	}
}

func (r *recordReader) producer(raw json.RawMessage) {
	var rec provinceProducer
	if len(raw) > 0 && raw[0] == '"' { // only a name
		_ = json.Unmarshal(raw, &rec.Name)
	} else if len(raw) > 0 && json.Unmarshal(raw, &rec) != nil {
		r.fault("producer", ocop.FieldProducer, string(raw[:min(len(raw), 40)]), ocop.Text{VI: "cần một đối tượng chủ thể", EN: "expected a producer object"})
		return
	}
	who := ocop.Producer{
		Code:           r.line("producer.code", ocop.FieldProducer, rec.Code),
		Name:           r.line("producer.name", ocop.FieldProducer, rec.Name),
		Representative: r.line("producer.representative", ocop.FieldProducer, rec.Representative),
		Address:        r.line("producer.address", ocop.FieldProducer, rec.Address),
		Commune:        r.line("producer.commune", ocop.FieldProducer, rec.Commune),
		District:       r.line("producer.district", ocop.FieldProducer, rec.District),
	}
	// Telephone and e-mail never get into a fault's words (design decision 14).
	if rec.Phone.kind != isStrange {
		who.Phone = ocop.CleanText(rec.Phone.text)
	}
	if rec.Email.kind != isStrange {
		who.Email = ocop.CleanText(rec.Email.text)
	}
	if who.Name == "" {
		r.fault("producer.name", ocop.FieldProducer, "", ocop.Text{VI: "thiếu tên chủ thể", EN: "the producer's name is missing"})
	}
	who.Kind = r.kind("producer.kind", rec.Kind, who.Name)
	r.p.Producer = who
}

func (r *recordReader) kind(column string, s scalar, name string) ocop.ProducerKind {
	text := r.line(column, ocop.FieldProducer, s)
	if text == "" {
		return ocop.KindFromName(name)
	}
	kind, err := ocop.ReadProducerKind(text)
	r.refuse(column, ocop.FieldProducer, text, err)
	if err != nil || kind == "" {
		return ocop.KindFromName(name)
	}
	return kind
}

func (r *recordReader) certificate(raw json.RawMessage) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	var rec provinceCertificate
	if err := json.Unmarshal(raw, &rec); err != nil {
		r.fault("certificate", ocop.FieldCertificate, string(raw[:min(len(raw), 40)]), ocop.Text{VI: "cần một đối tượng giấy chứng nhận", EN: "expected a certificate object"})
		return
	}
	r.p.Certificate = ocop.Certificate{
		Number:    r.line("certificate.number", ocop.FieldCertificate, rec.Number),
		Decision:  r.line("certificate.decision", ocop.FieldCertificate, rec.Decision),
		IssuedOn:  r.days("certificate.issued_on", rec.IssuedOn),
		ExpiresOn: r.days("certificate.expires_on", rec.ExpiresOn),
		RevokedOn: r.days("certificate.revoked_on", rec.RevokedOn),
	}
	r.dates("certificate.expires_on")
}

func (r *recordReader) images(raw json.RawMessage, base *url.URL) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	var list []scalar
	var one scalar
	if json.Unmarshal(raw, &list) != nil {
		if json.Unmarshal(raw, &one) != nil || one.kind != isString {
			r.fault("images", ocop.FieldImages, string(raw[:min(len(raw), 40)]), ocop.Text{VI: "cần một danh sách địa chỉ ảnh", EN: "expected a list of picture addresses"})
			return
		}
		list = []scalar{one}
	}
	for i, s := range list {
		column := fmt.Sprintf("images[%d]", i)
		if u, ok := r.address(column, ocop.FieldImages, base, s.text); ok && !slices.Contains(r.p.Images, u) {
			r.p.Images = append(r.p.Images, u)
		}
	}
}

func (r *recordReader) documents(raw json.RawMessage, base *url.URL) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	var list []struct {
		Kind scalar `json:"kind"`
		URL  scalar `json:"url"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		r.fault("documents", ocop.FieldDocuments, string(raw[:min(len(raw), 40)]), ocop.Text{VI: "cần một danh sách giấy tờ", EN: "expected a list of documents"})
		return
	}
	known := []ocop.DocumentKind{ocop.OCOPCertificate, ocop.FoodSafety, ocop.AlcoholLicence, ocop.HealthDeclaration}
	for i, d := range list {
		column := fmt.Sprintf("documents[%d]", i)
		kind := ocop.DocumentKind(d.Kind.text)
		if !slices.Contains(known, kind) {
			r.fault(column, ocop.FieldDocuments, d.Kind.text, ocop.Text{VI: "loại giấy tờ không có trong quy ước", EN: "a kind of document that the contract does not name"})
			continue
		}
		if u, ok := r.address(column, ocop.FieldDocuments, base, d.URL.text); ok {
			r.p.Documents = append(r.p.Documents, ocop.Document{Kind: kind, URL: u})
		}
	}
}

func (r *recordReader) offer(rec provinceRecord) {
	o := &r.p.Offer
	if n, ok := r.amount("price", ocop.FieldPrice, rec.Price); ok {
		o.Price = ocop.VND(n)
	}
	if n, ok := r.amount("stock", ocop.FieldStock, rec.Stock); ok {
		o.Stock = &n
	}
	o.Unit = r.line("unit", ocop.FieldUnit, rec.Unit)
	if text := r.line("gtin", ocop.FieldGTIN, rec.GTIN); text != "" {
		gtin, err := ocop.ReadGTIN(text)
		r.refuse("gtin", ocop.FieldGTIN, text, err)
		if err == nil {
			o.GTIN = gtin
		}
	}
}
