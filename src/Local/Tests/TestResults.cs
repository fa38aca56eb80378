using System.Globalization;
using System.Xml.Linq;

namespace Vitrine.Local;

/// <summary>A test that failed, and what it said.</summary>
public sealed record FailedTest(string Name, string Message);

/// <summary>How one or more test projects ended.</summary>
public sealed record TestResults(int Passed, IReadOnlyList<FailedTest> Failed, int Skipped)
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    public static TestResults None { get; } = new(0, [], 0);

    /// <summary>No failure, and at least one test that passed: a run that tested nothing proves nothing.</summary>
    public bool Good => Failed.Count == 0 && Passed > 0;

    /// <summary>"3 passed, 0 failed", with skipped tests only when there are any.</summary>
    public string Sentence =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed.Count} failed") + (Skipped > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Skipped} skipped") : "");

    public TestResults Plus(TestResults other) => new(Passed + other.Passed, [.. Failed, .. other.Failed], Skipped + other.Skipped);

    /// <summary>
    /// Reads a trx file of the test platform. Each result counts by its outcome; a run that ended badly although no test in it failed
    /// (its host crashed, a fixture threw) counts as one failure of its own, so that it cannot be overlooked.
    /// </summary>
    /// <param name="exitCode">The exit code of the run that wrote the file.</param>
    /// <exception cref="System.Xml.XmlException">The file is not XML, for example cut off.</exception>
    public static TestResults Read(Stream trx, string project, int exitCode)
    {
        var run = XDocument.Load(trx).Root!;
        var passed = 0;
        var skipped = 0;
        var failed = new List<FailedTest>();
        foreach (var result in run.Descendants(Trx + "UnitTestResult"))
        {
            switch ((string?)result.Attribute("outcome"))
            {
                case "Passed": passed++; break;
                case "NotExecuted": skipped++; break;
                default: failed.Add(new($"{(string?)result.Attribute("testName")}", Message(result))); break;
            }
        }

        var outcome = (string?)run.Element(Trx + "ResultSummary")?.Attribute("outcome");
        if (failed.Count == 0 && (exitCode != 0 || outcome is not ("Completed" or "Passed")))
            failed.Add(new(project, $"The run ended with {exitCode} and outcome {outcome ?? "unknown"}. {string.Join(' ', run.Descendants(Trx + "RunInfo").Select(info => info.Value.Trim()))}".Trim()));
        return new(passed, failed, skipped);
    }

    /// <summary>A project that left no results.</summary>
    public static TestResults Crashed(string project, string message) => new(0, [new(project, message)], 0);

    private static string Message(XElement result)
    {
        var error = result.Element(Trx + "Output")?.Element(Trx + "ErrorInfo");
        return $"{error?.Element(Trx + "Message")?.Value}\n{error?.Element(Trx + "StackTrace")?.Value}".Trim();
    }
}
