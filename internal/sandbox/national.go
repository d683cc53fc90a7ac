package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// nationalRow is a product in the national site's list.
type nationalRow struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	OcopStar any    `json:"ocop_star"` // a number or a string, as it comes
	Type     string `json:"type"`
	Image    string `json:"image"`
}

// nationalProduct is its page there.
type nationalProduct struct {
	nationalRow
	Description    string               `json:"description"`
	Story          string               `json:"story"`
	Information    string               `json:"information"`
	Certificate    string               `json:"ocop_certificate_number"`
	IssuedOn       any                  `json:"issued_on"`
	ExpiryDate     any                  `json:"expiry_date"`
	CertificateImg string               `json:"certificate_img"`
	Image1         string               `json:"image1"`
	Image2         string               `json:"image2"`
	Image3         string               `json:"image3"`
	Image4         string               `json:"image4"`
	Manufacturer   nationalManufacturer `json:"manufacturer"`
}

type nationalManufacturer struct {
	Name           string `json:"name"`
	Representative string `json:"representative"`
	Address        string `json:"address"`
	PhoneNumber    string `json:"phone_number"`
	Email          string `json:"email"`
}

// onNationalSite tells what the national site lists: it knows no status, so
// only what is recognized is on it. A certificate that ended stays.
func (it *item) onNationalSite() bool {
	return it.Status == "recognized" && it.Stars > 0
}

func (it *item) nationalRow() nationalRow {
	row := nationalRow{ID: it.id, Name: it.Name, OcopStar: it.Stars, Type: oldGroup(it.Group, it.Subgroup)}
	if it.id%3 == 0 {
		row.OcopStar = strconv.Itoa(it.Stars)
	}
	if len(it.Images) > 0 {
		row.Image = it.Images[0]
	}
	return row
}

func (it *item) nationalProduct() nationalProduct {
	p := nationalProduct{
		nationalRow: it.nationalRow(), Description: it.Description, Story: it.Story,
		Information: "<p>Nơi sản xuất: " + it.Producer.Commune + "</p>",
		Manufacturer: nationalManufacturer{
			Name: it.Producer.Name, Representative: it.Producer.Representative, Address: it.Producer.Address,
			PhoneNumber: it.Producer.Phone, Email: it.Producer.Email,
		},
	}
	if it.Certificate != nil {
		p.Certificate = it.Certificate.Number
		p.IssuedOn = oddDate(it.Certificate.IssuedOn, it.id)
		p.ExpiryDate = oddDate(it.Certificate.ExpiresOn, it.id)
	}
	for i, into := range []*string{&p.Image1, &p.Image2, &p.Image3, &p.Image4} {
		if i+1 < len(it.Images) {
			*into = it.Images[i+1]
		}
	}
	for _, d := range it.Documents {
		if d.Kind == "ocop_certificate" {
			p.CertificateImg = d.URL
		}
	}
	return p
}

// oddDate is an ISO date, or "" or null where there is none.
func oddDate(date string, id int) any {
	if date == "" && id%2 == 0 {
		return nil
	}
	return date
}

// nationalList needs no lock of its own; stars is "" for all.
func (c *catalogue) nationalList(stars string) []nationalRow {
	c.mu.RLock()
	defer c.mu.RUnlock()
	rows := []nationalRow{}
	for _, it := range c.byID {
		if it.onNationalSite() && (stars == "" || strconv.Itoa(it.Stars) == stars) {
			rows = append(rows, it.nationalRow())
		}
	}
	return rows
}

func (c *catalogue) serveNationalList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, size := atoiOr(q.Get("page"), 1), atoiOr(q.Get("page_size"), 12)
	rows := c.nationalList(strings.TrimSpace(q.Get("ocop_star")))
	low := (page - 1) * size
	if page < 1 || size < 1 || low >= len(rows) && page > 1 {
		writeJSON(w, http.StatusNotFound, map[string]string{"detail": "Invalid page."})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"count": len(rows), "results": rows[low:min(low+size, len(rows))]})
}

func (c *catalogue) serveNationalOne(w http.ResponseWriter, r *http.Request) {
	id := atoiOr(r.PathValue("id"), 0)
	c.mu.RLock()
	var found *nationalProduct
	if id >= 1 && id <= len(c.byID) && c.byID[id-1].onNationalSite() {
		p := c.byID[id-1].nationalProduct()
		found = &p
	}
	c.mu.RUnlock()
	if found == nil {
		writeJSON(w, http.StatusNotFound, map[string]string{"detail": "Not found."})
		return
	}
	writeJSON(w, http.StatusOK, found)
}

func atoiOr(text string, otherwise int) int {
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
