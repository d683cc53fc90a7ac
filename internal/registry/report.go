package registry

import (
	"fmt"
	"strings"

	"ocopsync/internal/ocop"
)

const (
	// reportLines and reportBytes bound a report; what does not fit is counted.
	reportLines = 500
	reportBytes = 128 << 10
)

// Report lists faults for a person, one line each: place, what was found, what
// was expected. A long list ends with "and N more". It holds no telephone
// numbers and e-mail addresses, for faults have none.
func Report(faults []ocop.Fault) string {
	return report(faults, "could not be read surely", "and %d more", func(f ocop.Fault) string { return f.Why.EN })
}

// ReportVI is Report in Vietnamese.
func ReportVI(faults []ocop.Fault) string {
	return report(faults, "không đọc được chắc chắn", "và %d lỗi khác", func(f ocop.Fault) string { return f.Why.VI })
}

func report(faults []ocop.Fault, head, more string, why func(ocop.Fault) string) string {
	if len(faults) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s:\n", len(faults), head)
	for i, f := range faults {
		if i == reportLines || b.Len() > reportBytes {
			fmt.Fprintf(&b, "  "+more+"\n", len(faults)-i)
			break
		}
		b.WriteString("  ")
		if at := f.Place.String(); at != "" {
			b.WriteString(at + ": ")
		}
		if f.Code != "" {
			fmt.Fprintf(&b, "[%s] ", f.Code)
		}
		fmt.Fprintf(&b, "%s %q: %s\n", f.Field, f.Value, why(f))
	}
	return b.String()
}
