package ocop

// Rules are what a province asks of a product before it may be sold.
type Rules struct {
	MinStars  Stars // lowest recognized rating, 3 in the programme
	GraceDays int   // days that a certificate still counts after its last day; 0 is strict
}

// Check says why a product may not be on sale on the given day, all reasons in
// order of precedence; none means that it is eligible (promise P2). The day is
// the province's (see Zone).
func Check(p *Product, rules Rules, today Day) Reasons {
	var why Reasons
	if _, bad := p.FaultIn(FieldRating); bad {
		why = append(why, RatingUnclear)
	} else if p.Rating.Recognized < rules.MinStars {
		why = append(why, BelowMinStars)
	}
	switch p.Status {
	case StatusRecognized:
	case StatusExpired:
		why = append(why, CertificateExpired)
	case StatusRevoked:
		why = append(why, Revoked)
	case StatusWithdrawn:
		why = append(why, Withdrawn)
	default:
		why = append(why, RatingUnclear)
	}
	why = append(why, checkCertificate(p, rules, today)...)
	return why.Sorted()
}

func checkCertificate(p *Product, rules Rules, today Day) Reasons {
	var why Reasons
	c := p.Certificate
	if _, bad := p.FaultIn(FieldCertificate); bad {
		return Reasons{CertificateUnclear}
	}
	if !c.Exists() {
		return Reasons{CertificateMissing}
	}
	// A revocation counts from its first possible day on: nothing unearned.
	if !c.RevokedOn.IsZero() && c.RevokedOn.First.Compare(today) <= 0 {
		why = append(why, Revoked)
	}
	// A certificate that is not yet issued for certain does not yet run for certain.
	if !c.IssuedOn.IsZero() && c.IssuedOn.First.Compare(today) > 0 {
		why = append(why, CertificateUnclear)
	}
	end := c.LastDay()
	switch {
	case end.IsZero():
		why = append(why, CertificateUnclear)
	case end.AddDays(rules.GraceDays).Last.Compare(today) < 0:
		why = append(why, CertificateExpired)
	case end.AddDays(rules.GraceDays).First.Compare(today) < 0:
		why = append(why, CertificateUnclear)
	}
	return why
}
