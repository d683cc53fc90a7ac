package ocop

import (
	"cmp"
	"slices"
	"strings"
)

// A Reason is why a product is not on sale on a market, or not as wanted. The
// set is closed; the order of the constants is the order of precedence: all
// that apply are kept, the first is stated (promise P5).
type Reason string

// The reasons, in order of precedence.
const (
	RatingUnclear       Reason = "rating_unclear"
	StatusUnclear       Reason = "status_unclear"
	CertificateMissing  Reason = "certificate_missing"
	CertificateUnclear  Reason = "certificate_unclear"
	CertificateExpired  Reason = "certificate_expired"
	BelowMinStars       Reason = "below_min_stars"
	Revoked             Reason = "revoked"
	Withdrawn           Reason = "withdrawn"
	Exempt              Reason = "exempt"
	NotSellableHere     Reason = "not_sellable_here"
	MarketPaused        Reason = "market_paused"
	GuardHold           Reason = "guard_hold"
	AwaitingApproval    Reason = "awaiting_approval"
	PriceJump           Reason = "price_jump"
	RefusedByOfficer    Reason = "refused_by_officer"
	LeftByPolicy        Reason = "left_by_policy"
	MissingPrice        Reason = "missing_price"
	BadPrice            Reason = "bad_price"
	PriceStep           Reason = "price_step"
	MissingUnit         Reason = "missing_unit"
	MissingStock        Reason = "missing_stock"
	MissingImage        Reason = "missing_image"
	BadImage            Reason = "bad_image"
	MissingDocument     Reason = "missing_document"
	MissingAttribute    Reason = "missing_attribute"
	CategoryUnmapped    Reason = "category_unmapped"
	NameTooShort        Reason = "name_too_short"
	NameTooLong         Reason = "name_too_long"
	DescriptionTooLong  Reason = "description_too_long"
	ForeignListing      Reason = "foreign_listing"
	DuplicateListings   Reason = "duplicate_listings"
	DuplicateCode       Reason = "duplicate_code"
	InTrash             Reason = "in_trash"
	OpenIntent          Reason = "open_intent"
	RejectedByMarket    Reason = "rejected_by_market"
	TakenDownByMarket   Reason = "taken_down_by_market"
	LockedByMarket      Reason = "locked_by_market"
	DriftFlapping       Reason = "drift_flapping"
	Parked              Reason = "parked"
	AwaitingReview      Reason = "awaiting_review"
	AwaitingPerson      Reason = "awaiting_person"
	AwaitingObservation Reason = "awaiting_observation"
	MarketUnreachable   Reason = "market_unreachable"
	CallFailed          Reason = "call_failed"
	NotYetRun           Reason = "not_yet_run"
)

// Party is who must act on a reason.
type Party string

// The parties.
const (
	PartyProducer    Party = "producer"
	PartyOfficer     Party = "officer"
	PartyMarketplace Party = "marketplace"
	PartySystem      Party = "system"
)

// Reasons is a list of reasons for one product on one market.
type Reasons []Reason

// Sorted gives the reasons in order of precedence, each once.
func (r Reasons) Sorted() Reasons {
	switch len(r) {
	case 0:
		return nil
	case 1:
		return Reasons{r[0]}
	}
	out := slices.Clone(r)
	slices.SortFunc(out, compareReasons)
	return slices.Compact(out)
}

// compareReasons orders by rank; unknown words last, by themselves.
func compareReasons(a, b Reason) int {
	if a == b {
		return 0
	}
	return cmp.Or(a.Rank()-b.Rank(), strings.Compare(string(a), string(b)))
}

// First is the stated reason, "" when there is none.
func (r Reasons) First() Reason {
	if len(r) == 0 {
		return ""
	}
	return r[0]
}

// AllReasons lists the closed set in order of precedence.
func AllReasons() []Reason {
	all := reasonOrder()
	return all[:]
}

// Rank is the reason's place in the order of precedence, from 0; an unknown
// word ranks last. It allocates nothing.
func (r Reason) Rank() int {
	for i, known := range reasonOrder() {
		if known == r {
			return i
		}
	}
	return reasonCount
}

// reasonCount is how many reasons there are.
const reasonCount = 45

func reasonOrder() [reasonCount]Reason {
	return [...]Reason{
		RatingUnclear, StatusUnclear, CertificateMissing, CertificateUnclear, CertificateExpired, BelowMinStars, Revoked, Withdrawn,
		Exempt, NotSellableHere, MarketPaused, GuardHold, AwaitingApproval, PriceJump, RefusedByOfficer, LeftByPolicy,
		MissingPrice, BadPrice, PriceStep, MissingUnit, MissingStock, MissingImage, BadImage, MissingDocument, MissingAttribute,
		CategoryUnmapped, NameTooShort, NameTooLong, DescriptionTooLong,
		ForeignListing, DuplicateListings, DuplicateCode, InTrash, OpenIntent,
		RejectedByMarket, TakenDownByMarket, LockedByMarket, DriftFlapping, Parked,
		AwaitingReview, AwaitingPerson, AwaitingObservation, MarketUnreachable, CallFailed, NotYetRun,
	}
}
