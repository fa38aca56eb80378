using System.Text;
using System.Xml;

namespace Vitrine.Local.Tests;

public sealed class TestResultsTests
{
    [Fact]
    public void Results_are_counted_by_outcome()
    {
        var results = Read(Result("A", "Passed") + Result("B", "Passed") + Result("C", "NotExecuted") + Result("D", "Failed", "expected 1, was 2"), "Failed", exitCode: 1);

        Assert.Equal("2 passed, 1 failed, 1 skipped", results.Sentence);
        Assert.Equal("D", Assert.Single(results.Failed).Name);
        Assert.Equal("expected 1, was 2\nat Place", results.Failed[0].Message);
        Assert.False(results.Good);
    }

    [Fact]
    public void Skipped_tests_are_not_mentioned_when_there_are_none()
    {
        Assert.Equal("1 passed, 0 failed", Read(Result("A", "Passed"), "Completed", exitCode: 0).Sentence);
    }

    [Theory]
    [InlineData("Aborted", 1)]
    [InlineData("Completed", 134)]
    [InlineData("Failed", 0)]
    public void A_run_that_broke_off_is_a_failure_although_no_test_failed(string outcome, int exitCode)
    {
        var results = Read(Result("A", "Passed"), outcome, exitCode);

        Assert.Equal("1 passed, 1 failed", results.Sentence);
        Assert.Contains("The host process crashed", results.Failed[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_that_timed_out_or_has_an_unknown_outcome_is_a_failure()
    {
        Assert.Equal("0 passed, 2 failed", Read(Result("A", "Timeout") + Result("B", "Wondrous"), "Failed", exitCode: 1).Sentence);
    }

    [Fact]
    public void A_cut_off_file_cannot_pass()
    {
        using var half = new MemoryStream(Encoding.UTF8.GetBytes("<TestRun><Results>"));

        Assert.Throws<XmlException>(() => TestResults.Read(half, "P", 0));
    }

    [Fact]
    public void Sums_add_up_and_no_tests_at_all_are_not_good()
    {
        var sum = TestResults.None.Plus(Read(Result("A", "Passed"), "Completed", 0)).Plus(TestResults.Crashed("P", "left nothing"));

        Assert.Equal("1 passed, 1 failed", sum.Sentence);
        Assert.False(sum.Good);
        Assert.False(TestResults.None.Good);
    }

    private static TestResults Read(string results, string outcome, int exitCode)
    {
        var xml = $"""
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
              <Results>{results}</Results>
              <ResultSummary outcome="{outcome}"><RunInfos><RunInfo><Text>The host process crashed</Text></RunInfo></RunInfos></ResultSummary>
            </TestRun>
            """;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(xml));
        return TestResults.Read(stream, "P", exitCode);
    }

    private static string Result(string name, string outcome, string message = "") =>
        $"<UnitTestResult testName=\"{name}\" outcome=\"{outcome}\"><Output><ErrorInfo><Message>{message}</Message><StackTrace>at Place</StackTrace></ErrorInfo></Output></UnitTestResult>";
}
