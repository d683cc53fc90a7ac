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
	head := ocop.Count(len(faults), "value in the sources", "values in the sources") + " could not be read surely"
	return report(faults, head, "and %d more", func(t ocop.Text) string { return t.EN })
}

// ReportVI is Report in Vietnamese.
func ReportVI(faults []ocop.Fault) string {
	head := fmt.Sprintf("%d giá trị trong các nguồn không đọc được chắc chắn", len(faults))
	return report(faults, head, "và %d lỗi khác", func(t ocop.Text) string { return t.VI })
}

func report(faults []ocop.Fault, head, more string, in func(ocop.Text) string) string {
	if len(faults) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(head + ":\n")
	for i, f := range faults {
		if i == reportLines || b.Len() > reportBytes {
			fmt.Fprintf(&b, "  "+more+"\n", len(faults)-i)
			break
		}
		b.WriteString("  ")
		if at := in(f.Place.Text()); at != "" {
			b.WriteString(at + ": ")
		}
		if f.Code != "" {
			fmt.Fprintf(&b, "[%s] ", f.Code)
		}
		fmt.Fprintf(&b, "%s %q: %s\n", in(f.Field.Text()), f.Value, in(f.Why))
	}
	return b.String()
}
