package people

import (
	"net/http"
	"strings"
)

// who says who acts. A name that was checked is never hidden behind another one;
// where none was, it is what the request says.
func (o Options) who(r *http.Request, says string) string {
	user, _, ok := r.BasicAuth()
	switch {
	case !ok || user == "" || !o.Trusted:
		return says
	case says == "" || says == user:
		return user
	case strings.HasPrefix(says, user+" ("): // from an answer of ours
		return says
	}
	return user + " (" + says + ")"
}
