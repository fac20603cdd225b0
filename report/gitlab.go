package report

import "io"

// A gitlabFinding is one of GitLab's Code Quality report.
type gitlabFinding struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"` // info, minor, major, critical, blocker
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

func gitlab(w io.Writer, all []found) error {
	out := []gitlabFinding{}
	for _, f := range all {
		g := gitlabFinding{
			Description: f.Text + " [" + f.Code + "]", CheckName: f.Code, Fingerprint: f.mark, Severity: "major",
			Location: gitlabLocation{f.path, gitlabLines{max(f.region.line, 1)}},
		}
		if f.Warning {
			g.Severity = "minor"
		}
		out = append(out, g)
	}
	return encode(w, out)
}
