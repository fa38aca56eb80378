using System.Text;
using System.Text.Json;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Grains.Users;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Tests.Subjects;

/// <summary>What is sealed opens with its person's key, at its place, and nowhere else.</summary>
public sealed class SubjectTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, Subject.KeySize).Select(i => (byte)i)];
    private static readonly Subject Ada = new("acme", "ada", Key);
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("a red fox, ångström 🦊");

    [Fact]
    public void A_sealed_text_opens_with_the_same_key_at_the_same_place()
    {
        var closed = Ada.Seal("job_1", "job.prompt_submitted", Text);
        Assert.Equal(Text, new Subject("acme", "ada", Key).Open("job_1", "job.prompt_submitted", closed));
        Assert.Equal("ada", closed.Subject);
        Assert.Equal([], Ada.Open("job_1", "x", Ada.Seal("job_1", "x", []))!);
    }

    [Fact]
    public void It_opens_nowhere_else_and_not_when_a_bit_of_it_was_changed()
    {
        var closed = Ada.Seal("job_1", "job.prompt_submitted", Text);
        Assert.Null(Ada.Open("job_2", "job.prompt_submitted", closed));
        Assert.Null(Ada.Open("job_1", "job.prompt_screened", closed));
        Assert.Null(new Subject("rival", "ada", Key).Open("job_1", "job.prompt_submitted", closed));
        Assert.Null(new Subject("acme", "bob", Key).Open("job_1", "job.prompt_submitted", closed));
        Assert.Null(new Subject("acme", "bob", Key).Open("job_1", "job.prompt_submitted", closed with { Subject = "bob" }));
        Assert.Null(new Subject("acme", "ada", new byte[Subject.KeySize]).Open("job_1", "job.prompt_submitted", closed));
        var box = Convert.FromBase64String(closed.Box);
        for (var i = 0; i < box.Length; i++)
        {
            box[i] ^= 1;
            Assert.Null(Ada.Open("job_1", "job.prompt_submitted", closed with { Box = Convert.ToBase64String(box) }));
            box[i] ^= 1;
        }
        foreach (var nonsense in new[] { "", "AAAA", "no base 64!", closed.Box[..20] }) Assert.Null(Ada.Open("job_1", "job.prompt_submitted", closed with { Box = nonsense }));
    }

    [Fact]
    public void The_same_text_is_never_sealed_alike_and_its_commitment_tells_it_only_to_who_has_the_salt()
    {
        var (once, twice) = (Ada.Seal("job_1", "x", Text), Ada.Seal("job_1", "x", Text));
        Assert.NotEqual(once.Box, twice.Box);
        Assert.Equal(once.Commitment, Convert.ToBase64String(PayloadCommitment.Of(Ada.Salt("job_1", "x"), Text).ToArray()));
        Assert.NotEqual(once.Commitment, Ada.Seal("job_2", "x", Text).Commitment);
        Assert.NotEqual(Ada.Digest("body"), new Subject("acme", "bob", Key[..31].Append((byte)0).ToArray()).Digest("body"));
        Assert.Equal(64, Ada.Digest("body").Length);
    }

    [Fact]
    public void A_sealed_event_holds_nothing_that_a_person_said_and_costs_the_same()
    {
        const string Secret = "the quince of Samarkand";
        object[] clear =
        [
            new PromptSubmitted("launch", "ada", "thread", "key", "native", "digest of " + Secret, Secret, Secret, 2, new Dictionary<string, string> { ["note"] = Secret }, Secret, JobHistory.Noon, EndPrompt: Secret),
            new PromptScreened("sha256:policy", true, [], "digest of " + Secret, JobHistory.Noon), new UserRegistered(Secret, JobHistory.Noon),
            new KeyIssued("key", "secret digest", Scopes.Read, null, "ada", Secret, null, JobHistory.Noon),
        ];
        foreach (var happened in clear)
        {
            var stored = JsonSerializer.Serialize(PersonalText.Seal(Ada, "job_1", happened), happened.GetType());
            Assert.DoesNotContain("quince", stored, StringComparison.Ordinal);
            Assert.Contains("\"Personal\":{\"Subject\":\"ada\"", stored, StringComparison.Ordinal);
            // What is opened takes the place of what is empty: the event is the same as before it was sealed, but for the form.
            using var document = JsonDocument.Parse(stored);
            var part = document.RootElement.GetProperty(SealedPart.Member).Deserialize<SealedText>()!;
            var type = Vitrine.Grains.Events.VitrineStore.EventNames.Single(each => each.Value == happened.GetType()).Key;
            var told = JsonSerializer.Deserialize(SealedPart.Told(Encoding.UTF8.GetBytes(stored), Ada.Open("job_1", type, part)), happened.GetType());
            Assert.Equal(JsonSerializer.Serialize(happened, happened.GetType()), JsonSerializer.Serialize(told is PromptSubmitted submitted ? submitted with { HasNegativePrompt = null } : told, happened.GetType()));
        }
        var submit = (PromptSubmitted)PersonalText.Seal(Ada, "job_1", clear[0]);
        Assert.True(submit.HasNegativePrompt);
        var accepted = new JobAccepted("m", "1", "d", 64, 64, 1, 4, 1, PictureFormat.Png, 90, Speed.Fast, 0, JobHistory.Noon);
        Assert.Equal(JobDecisions.Cost((PromptSubmitted)clear[0], accepted), JobDecisions.Cost(submit, accepted));
        Assert.NotEqual(JobDecisions.Cost(submit with { HasNegativePrompt = false }, accepted), JobDecisions.Cost(submit, accepted));
    }

    [Fact]
    public void A_replay_of_an_erased_persons_job_is_refused()
    {
        var erased = JobHistory.AJobThatIsDone with { Prompt = null, IsErased = true };
        var asked = new SubmitJob(new(new("acme"), new("key"), Scopes.Generate, new("launch"), new("ada")), new("launch"), new("ada"), null, erased.RequestDigest, "native", "x", null, null, 1,
            null, null, null, null, null, PictureFormat.Png, 90, Speed.Fast, 0, null, 1);
        var outcome = JobDecisions.Replay(erased, asked);
        Assert.Equal((null, Refused.UserErased), (outcome.Job, outcome.Refusal?.Reason));
    }
}
