package reconcile

import (
	"slices"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// How far certificates' ends are looked at, in days: those that ended lately
// explain a fall, those to come are forecast.
const (
	lately = 7
	ahead  = 30
)

// ending counts the certificates that end on each day around today, of products
// that are eligible until then.
type ending map[endDay]int

// endDay is a day as year*512 + month*32 + day; 0: none.
type endDay int32

func (d endDay) day() ocop.Day {
	return ocop.Day{Year: int(d >> 9), Month: time.Month(d >> 5 & 15), Dom: int(d & 31)}
}

// endOf gives the last day on which a product is eligible, if it is around today.
func endOf(e *registry.Entry, rules ocop.Rules, today ocop.Day) endDay {
	last := e.LastDay(rules)
	if last.Compare(today.AddDays(-lately)) < 0 || last.Compare(today.AddDays(ahead)) > 0 || len(e.Check(rules, last)) > 0 {
		return 0
	}
	return endDay(last.Year<<9 | int(last.Month)<<5 | last.Dom)
}

// largest gives the largest cohort that ends on one of the days, both included;
// of equal ones the earlier.
func largest(n ending, from, to ocop.Day) plan.Cohort {
	var out plan.Cohort
	for end, count := range n {
		day := end.day()
		if day.Compare(from) < 0 || day.Compare(to) > 0 {
			continue
		}
		if count > out.Count || count == out.Count && day.Compare(out.Day) < 0 {
			out = plan.Cohort{Day: day, Count: count}
		}
	}
	return out
}

// forecast gives the cohorts to come that a guard would hold, or nearly so,
// soonest first.
func (e *Engine) forecast(cat *catalog) []state.Ending {
	var out []state.Ending
	for end, count := range cat.ends {
		day := end.day()
		if day.Compare(cat.today) >= 0 && e.o.Guard.Notable(count, cat.eligible) {
			out = append(out, state.Ending{Day: day, Count: count})
		}
	}
	slices.SortFunc(out, func(a, b state.Ending) int { return a.Day.Compare(b.Day) })
	return out
}
