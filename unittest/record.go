package unittest

// record makes text of what was sent, for --update.
func (l *life) record() {}
