package ocop

// Rules are what a province asks of a product before it may be sold.
type Rules struct {
	MinStars Stars // lowest recognized rating, 3 in the programme; never less than 1
	// GraceDays is how many days a certificate still counts after its last day,
	// for a product that is being assessed again; 0 is strict. It extends dates
	// only: a product that the registry itself calls expired is not sold.
	GraceDays int
}

// Check says why a product may not be on sale on the given day, all reasons in
// order of precedence; none means that it is eligible (promise P2). The day is
// the province's (see Zone).
//
// A proposed rating counts for nothing. Status and dates must both allow it: a
// registry changes no record when a certificate ends by its date.
func Check(p *Product, rules Rules, today Day) Reasons {
	why := make(Reasons, 0, 4)
	why = append(why, checkRating(p, rules)...)
	why = append(why, checkStatus(p)...)
	why = append(why, checkCertificate(p, rules, today)...)
	return why.Sorted()
}

func checkRating(p *Product, rules Rules) Reasons {
	stars := p.Rating.Recognized
	if _, bad := p.FaultIn(FieldRating); bad || stars < 0 || stars > MaxStars {
		return Reasons{RatingUnclear}
	}
	if stars < max(rules.MinStars, 1) {
		return Reasons{BelowMinStars}
	}
	return nil
}

func checkStatus(p *Product) Reasons {
	if _, bad := p.FaultIn(FieldStatus); bad {
		return Reasons{StatusUnclear}
	}
	switch p.Status {
	case StatusRecognized:
		return nil
	case StatusExpired:
		return Reasons{CertificateExpired}
	case StatusRevoked:
		return Reasons{Revoked}
	case StatusWithdrawn:
		return Reasons{Withdrawn}
	}
	return Reasons{StatusUnclear} // an empty or unknown status allows nothing
}

// checkCertificate asks whether the certificate certainly runs today. Of dates
// known only as an interval every day must agree (design decision 4).
func checkCertificate(p *Product, rules Rules, today Day) Reasons {
	c := p.Certificate
	if _, bad := p.FaultIn(FieldCertificate); bad {
		if c.RevokedOn.certainlyBy(today) {
			return Reasons{CertificateUnclear, Revoked}
		}
		return Reasons{CertificateUnclear}
	}
	if !c.Exists() {
		return Reasons{CertificateMissing}
	}
	var why Reasons
	if c.contradicts() {
		why = append(why, CertificateUnclear)
	}
	switch {
	case c.RevokedOn.certainlyBy(today):
		why = append(why, Revoked)
	case c.RevokedOn.possiblyBy(today):
		why = append(why, CertificateUnclear)
	}
	if !c.IssuedOn.IsZero() && !c.IssuedOn.certainlyBy(today) { // it does not run yet, or may not
		why = append(why, CertificateUnclear)
	}
	end := c.LastDay()
	if end.IsZero() {
		return append(why, CertificateUnclear)
	}
	yesterday := today.AddDays(-1)
	switch end = end.AddDays(max(rules.GraceDays, 0)); { // the last day still counts
	case end.certainlyBy(yesterday):
		why = append(why, CertificateExpired)
	case end.possiblyBy(yesterday):
		why = append(why, CertificateUnclear)
	}
	return why
}

// contradicts says whether the certificate ends, or is revoked, before it begins.
func (c Certificate) contradicts() bool {
	if c.IssuedOn.IsZero() {
		return false
	}
	before := func(d Days) bool { return !d.IsZero() && d.Last.Compare(c.IssuedOn.First) < 0 }
	return before(c.ExpiresOn) || before(c.RevokedOn)
}

// certainlyBy says whether a date is given and every day that it may be has come.
func (r Days) certainlyBy(day Day) bool { return !r.IsZero() && r.Last.Compare(day) <= 0 }

// possiblyBy says whether a date is given and a day that it may be has come.
func (r Days) possiblyBy(day Day) bool { return !r.IsZero() && r.First.Compare(day) <= 0 }
