package registry

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"ocopsync/internal/ocop"
)

// nationalRecord is what the national site shows of a product: id, name, stars
// and type in its list, the rest on the product's own page. It carries no
// status: a listed product counts as recognized (contracts/registry.yaml).
type nationalRecord struct {
	ID             scalar          `json:"id"`
	Name           scalar          `json:"name"`
	Star           scalar          `json:"ocop_star"`
	Type           scalar          `json:"type"`
	Description    scalar          `json:"description"`
	Story          scalar          `json:"story"`
	Information    scalar          `json:"information"`
	Certificate    scalar          `json:"ocop_certificate_number"`
	IssuedOn       scalar          `json:"issued_on"`
	ExpiryDate     scalar          `json:"expiry_date"`
	CertificateImg scalar          `json:"certificate_img"`
	Image          scalar          `json:"image"`
	Image1         scalar          `json:"image1"`
	Image2         scalar          `json:"image2"`
	Image3         scalar          `json:"image3"`
	Image4         scalar          `json:"image4"`
	Manufacturer   json.RawMessage `json:"manufacturer"`
}

type nationalManufacturer struct {
	Name           scalar `json:"name"`
	Representative scalar `json:"representative"`
	Address        scalar `json:"address"`
	Phone          scalar `json:"phone_number"`
	Email          scalar `json:"email"`
}

// nationalID reads a list record's id.
func nationalID(raw []byte) (string, bool) {
	var rec struct {
		ID scalar `json:"id"`
	}
	if json.Unmarshal(raw, &rec) != nil {
		return "", false
	}
	code, ok := readCode(rec.ID)
	return string(code), ok
}

// nationalCode is the code that stands for an id.
func nationalCode(id string) ocop.Code { return ocop.Code("OV-" + id) }

// decodeNational reads a product from its list record and its page; page is nil
// when the site lists the product and has no page for it.
func decodeNational(id string, listed, page []byte, at ocop.Place, base *url.URL) *ocop.Product {
	p := &ocop.Product{Code: nationalCode(id), Status: ocop.StatusRecognized}
	r := &recordReader{p: p, at: at}
	var rec nationalRecord
	bad := json.Unmarshal(listed, &rec) != nil
	inList := rec.Star
	if page != nil {
		bad = json.Unmarshal(page, &rec) != nil || bad
	}
	if page == nil || bad {
		r.fault("", ocop.FieldCertificate, "", ocop.Text{
			VI: "sản phẩm có trong danh sách nhưng không đọc được trang chi tiết", EN: "the product is listed and its own page can't be read",
		})
	}
	p.Name = r.line("name", ocop.FieldName, rec.Name)
	if p.Name == "" {
		r.fault("name", ocop.FieldName, rec.Name.text, ocop.Text{VI: "thiếu tên sản phẩm", EN: "the product's name is missing"})
	}
	p.Rating = r.rating("ocop_star", rec.Star)
	if again := (&recordReader{p: &ocop.Product{}}).rating("", inList); again.Recognized != p.Rating.Recognized {
		r.fault("ocop_star", ocop.FieldRating, rec.Star.text, ocop.Text{
			VI: fmt.Sprintf("danh sách ghi %q", inList.text), EN: fmt.Sprintf("the list says %q", inList.text),
		})
		p.Rating.Recognized = 0
	}
	r.group("type", rec.Type)
	p.Certificate = ocop.Certificate{
		Number:    r.line("ocop_certificate_number", ocop.FieldCertificate, rec.Certificate),
		IssuedOn:  r.days("issued_on", rec.IssuedOn),
		ExpiresOn: r.days("expiry_date", rec.ExpiryDate),
	}
	r.dates("expiry_date")
	p.Description, p.Story = r.long("description", rec.Description), r.long("story", rec.Story)
	if more := r.long("information", rec.Information); more != "" && p.Description != "" {
		p.Description += "\n" + more
	} else if more != "" {
		p.Description = more
	}
	for i, s := range []scalar{rec.Image, rec.Image1, rec.Image2, rec.Image3, rec.Image4} {
		column := "image"
		if i > 0 {
			column = fmt.Sprintf("image%d", i)
		}
		if u, ok := r.address(column, ocop.FieldImages, base, s.text); ok && !slices.Contains(p.Images, u) {
			p.Images = append(p.Images, u)
		}
	}
	if u, ok := r.address("certificate_img", ocop.FieldDocuments, base, rec.CertificateImg.text); ok {
		p.Documents = []ocop.Document{{Kind: ocop.OCOPCertificate, URL: u}}
	}
	r.manufacturer(rec.Manufacturer)
	return p
}

func (r *recordReader) manufacturer(raw json.RawMessage) {
	var rec nationalManufacturer
	if len(raw) > 0 && json.Unmarshal(raw, &rec) != nil {
		r.fault("manufacturer", ocop.FieldProducer, "", ocop.Text{VI: "cần một đối tượng chủ thể", EN: "expected a manufacturer object"})
		return
	}
	who := &r.p.Producer
	who.Name = r.line("manufacturer.name", ocop.FieldProducer, rec.Name)
	who.Representative = r.line("manufacturer.representative", ocop.FieldProducer, rec.Representative)
	who.Address = r.line("manufacturer.address", ocop.FieldProducer, rec.Address)
	if rec.Phone.kind != isStrange {
		who.Phone = ocop.CleanText(rec.Phone.text)
	}
	if rec.Email.kind != isStrange {
		who.Email = ocop.CleanText(rec.Email.text)
	}
	who.Kind = ocop.KindFromName(who.Name)
	if who.Name == "" {
		r.fault("manufacturer.name", ocop.FieldProducer, "", ocop.Text{VI: "thiếu tên chủ thể", EN: "the producer's name is missing"})
	}
}
