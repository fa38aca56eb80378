using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Subjects;

namespace Vitrine.Grains.Tests.Subjects;

/// <summary>Who stands behind what was said, told from values alone.</summary>
public sealed class SubjectIdTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly TenantId Acme = new("acme");

    [Fact]
    public void A_user_an_end_user_and_a_key_of_one_name_are_three_subjects()
    {
        SubjectId[] three = [SubjectId.Of(new UserId("ann")), SubjectIds.EndUser(Secret, Acme, "ann"), SubjectId.Of(new KeyId("ann"))];

        Assert.Equal(3, three.Distinct().Count());
        Assert.Equal(["ann", null, null], three.Select(subject => subject.User?.Value));
        Assert.Equal([null, null, "ann"], three.Select(subject => subject.Key?.Value));
        Assert.Equal(["user/ann", "subject/" + three[1], "subject/key/ann"], three.Select(subject => subject.Stream));
        Assert.All(three.Skip(1), subject => Assert.False(UserId.TryParse(subject.Value, out _)));
        Assert.All(three.Skip(1), subject => Assert.Equal(subject, SubjectId.In(subject.Stream)));
        Assert.All(three, subject => Assert.Equal(new SubjectKey(Acme, subject), SubjectKey.Parse(new SubjectKey(Acme, subject).ToString())));
        // What was said under no user before is nobody's.
        Assert.Equal((null, null), (new SubjectId("").User, new SubjectId("").Key));
    }

    [Fact]
    public void An_end_users_subject_tells_no_name_and_follows_from_tenant_secret_and_the_very_name()
    {
        var subject = SubjectIds.EndUser(Secret, Acme, "Visitor No. 7");

        Assert.Matches("^end_user/[0-9a-f]{64}$", subject.Value);
        Assert.Equal(subject, SubjectIds.EndUser([.. Secret], Acme, "Visitor No. 7"));
        Assert.NotEqual(subject, SubjectIds.EndUser(Secret, Acme, "visitor no. 7"));
        Assert.NotEqual(subject, SubjectIds.EndUser(Secret, new("rival"), "Visitor No. 7"));
        Assert.NotEqual(subject, SubjectIds.EndUser(new byte[32], Acme, "Visitor No. 7"));
    }

    [Fact]
    public void A_jobs_asker_is_its_user_else_the_subject_of_its_texts_and_nobody_in_jobs_of_before()
    {
        JobView Of(string? user, string? subject) => JobHistory.AJobThatWaits with { User = user, Personal = subject is null ? null : new SealedText(subject, "", "") };

        Assert.Equal(["ada", "ada", "key/k", "end_user/0a", null, null], new[] { Of("ada", "ada"), Of("ada", null), Of(null, "key/k"), Of(null, "end_user/0a"), Of(null, ""), Of(null, null) }.Select(job => job.Asker));
    }

    [Fact]
    public void The_same_bytes_through_two_keys_without_a_user_are_two_inputs()
    {
        Principal By(string key, string? user = null) => new(Acme, new KeyId(key), Scopes.Generate, null, user is null ? null : new UserId(user));

        Assert.NotEqual(InputId.Of(By("one"), "sha"), InputId.Of(By("two"), "sha"));
        Assert.Equal(InputId.Of(By("one"), "sha"), InputId.Of(By("one"), "sha"));
        Assert.Equal(InputId.Of(By("one", "ada"), "sha"), InputId.Of(By("two", "ada"), "sha"));
    }

    [Fact]
    public void The_record_of_an_erasing_keeps_its_first_counts_however_often_an_event_is_repeated()
    {
        object[] events = [new SubjectErasureBegun("admin", Noon), new SubjectErased("admin", 3, 1, 2, 4, Noon.AddSeconds(5))];
        var once = events.Aggregate((SubjectView?)null, (view, e) => SubjectView.Apply(view, "subject/key/k", e))!;
        var again = new object[] { events[0], events[1], new SubjectErased("sweep", 9, 9, 9, 9, Noon.AddHours(1)) }.Aggregate(once, (view, e) => SubjectView.Apply(view, "subject/key/k", e)!);

        Assert.Equal(new SubjectView("subject/key/k", 2, null, new(Noon, Noon.AddSeconds(5), new(3, 1, 2, 0, 4), 2)), once);
        Assert.Equal(once with { Revision = 5 }, again);
        Assert.Equal(Noon, SubjectView.Apply(null, "subject/key/k", events[0])!.ErasingSince);
        Assert.Null(SubjectView.Apply(null, "subject/key/k", events[1]));
    }

    [Fact]
    public void Each_kind_of_subject_is_refused_in_words_of_its_own_and_with_one_reason()
    {
        var refusals = new[] { new SubjectId("ann"), new SubjectId("end_user/0a"), new SubjectId("key/k") }.Select(Refusal.Erased).ToList();

        Assert.All(refusals, refusal => Assert.Equal(Refused.UserErased, refusal.Reason));
        Assert.Equal(3, refusals.Select(refusal => refusal.Sentence).Distinct().Count());
        Assert.Equal(Refusal.UserErased, refusals[0]);
    }
}
