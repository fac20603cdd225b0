package file

// A Code numbers a sort of problem. Codes are stable: people search for them,
// comments switch them off and CI systems count them. A code that is no longer
// found is never given to another sort.
//
// The hundreds are subjects: 0 files and what stands in them, 1 expressions, 2
// levels and times, 3 labels and texts, 4 routes, receivers and sources, 5 what
// only the source knows, 9 the comments that switch codes off. A sort is either a
// mistake, for which the daemon refuses the files, or a warning.
//
// The folder codes explains each; see Codes.
type Code string

// Files and what stands in them.
const (
	CodeFile        Code = "T001"
	CodeYAML        Code = "T002"
	CodeType        Code = "T003"
	CodeUnknownKey  Code = "T004"
	CodeDuplicate   Code = "T005"
	CodeMissing     Code = "T006"
	CodeConflict    Code = "T007"
	CodeLater       Code = "T008"
	CodeName        Code = "T009"
	CodeDuration    Code = "T010"
	CodeNumber      Code = "T011"
	CodeEnvironment Code = "T012"
	CodeNoMatch     Code = "T020"
	CodeNoRules     Code = "T021"
	CodeNoEffect    Code = "T022"
)

// Expressions.
const (
	CodePromQL        Code = "T101"
	CodeAlerts        Code = "T102"
	CodeComparison    Code = "T103"
	CodeAlways        Code = "T104"
	CodeRecording     Code = "T105"
	CodeLostLabel     Code = "T106"
	CodeNeverTrue     Code = "T107"
	CodeNeverMatches  Code = "T108"
	CodeRateOfGauge   Code = "T109"
	CodeRawCounter    Code = "T110"
	CodeRateOfSum     Code = "T111"
	CodeShortRange    Code = "T112"
	CodeTopK          Code = "T113"
	CodeHastyAbsent   Code = "T114"
	CodeSameCondition Code = "T115"
	CodeSameAlert     Code = "T116"
)

// Levels and times.
const (
	CodeThreshold  Code = "T201"
	CodeClearSide  Code = "T202"
	CodeStricter   Code = "T203"
	CodeVotes      Code = "T204"
	CodeSchedule   Code = "T205"
	CodeUnit       Code = "T206"
	CodeAlert      Code = "T207"
	CodeHiddenWarn Code = "T220"
	CodeLargeRatio Code = "T221"
	CodeUnitWord   Code = "T222"
	CodeUnitMetric Code = "T223"
	CodeShortFor   Code = "T224"
	CodeUnevenFor  Code = "T225"
	CodeFlapping   Code = "T226"
)

// Labels and texts.
const (
	CodeTemplate   Code = "T301"
	CodeRender     Code = "T302"
	CodeUntried    Code = "T320"
	CodeCut        Code = "T321"
	CodeValueLabel Code = "T322"
	CodeSeverity   Code = "T323"
	CodeNoSummary  Code = "T324"
	CodeNoRunbook  Code = "T325"
)

// Routes, receivers and sources.
const (
	CodeMatcher       Code = "T401"
	CodeSource        Code = "T402"
	CodeReceiver      Code = "T403"
	CodeRoute         Code = "T404"
	CodeURL           Code = "T405"
	CodeAddress       Code = "T406"
	CodeRelabel       Code = "T407"
	CodeHTTP          Code = "T408"
	CodeTimes         Code = "T409"
	CodeForeign       Code = "T410"
	CodeDeparture     Code = "T420"
	CodeMatcherSyntax Code = "T421"
	CodeUnreached     Code = "T422"
	CodeSilent        Code = "T423"
	CodeNoTimes       Code = "T424"
	CodeInhibitsAll   Code = "T425"
	CodeUnrouted      Code = "T426"
)

// What only the source knows. Comments that switch these off are never called useless:
// what a source knows differs from day to day.
const (
	CodeRefused        Code = "T501"
	CodeFails          Code = "T520"
	CodeNoMetric       Code = "T521"
	CodeGone           Code = "T522"
	CodeNoLabel        Code = "T523"
	CodeNoValue        Code = "T524"
	CodeEmpty          Code = "T525"
	CodeManySeries     Code = "T526"
	CodeSlowQuery      Code = "T527"
	CodeNeverReached   Code = "T528"
	CodeAlwaysExceeded Code = "T529"
	CodeIdleOverride   Code = "T530"
)

// The comments that switch codes off.
const (
	CodeIgnore        Code = "T901"
	CodeIgnoreUnused  Code = "T902"
	CodeIgnoreExpired Code = "T903"
	CodeIgnoreMistake Code = "T904"
)
