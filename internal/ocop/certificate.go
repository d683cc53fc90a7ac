package ocop

// CertificateMonths is how long a certificate for 3 to 5 stars runs from its
// issue (Decision 1048/QĐ-TTg, kept by Decision 148/QĐ-TTg).
const CertificateMonths = 36

// A Certificate recognizes a product's stars. Its dates may be known only to
// the month or the year, so each is an interval; the zero interval is "not given".
type Certificate struct {
	Number    string `json:"number,omitempty"`
	Decision  string `json:"decision,omitempty"` // "2590/QĐ-UBND"
	IssuedOn  Days   `json:"issued_on,omitzero"`
	ExpiresOn Days   `json:"expires_on,omitzero"` // last day counts
	RevokedOn Days   `json:"revoked_on,omitzero"`
}

// Exists says whether the source speaks of a certificate at all.
func (c Certificate) Exists() bool {
	return c != Certificate{}
}

// LastDay is the interval in which the certificate's last valid day lies: the
// given end, else 36 months after its issue. It is zero when neither is known.
func (c Certificate) LastDay() Days {
	if !c.ExpiresOn.IsZero() {
		return c.ExpiresOn
	}
	if c.IssuedOn.IsZero() {
		return Days{}
	}
	return c.IssuedOn.AddMonths(CertificateMonths)
}
