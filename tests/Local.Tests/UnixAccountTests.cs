namespace Vitrine.Local.Tests;

public sealed class UnixAccountTests
{
    [Theory]
    [InlineData("root:x:0:0::/:/bin/sh|nobody:x:65534:65533::/:/bin/false|postgres:x:101:104::/:/bin/bash", "postgres", 101, 104)]
    [InlineData("root:x:0:0::/:/bin/sh|nobody:x:65534:65533::/:/bin/false", "nobody", 65534, 65533)]
    public void The_server_runs_under_its_own_account_or_under_nobodys(string passwd, string name, uint user, uint group)
    {
        Assert.Equal(new UnixAccount(name, user, group), UnixAccount.ForPostgres(passwd.Split('|')));
    }

    [Fact]
    public void A_machine_with_neither_account_is_told_what_to_do()
    {
        var error = Assert.Throws<InvalidOperationException>(() => UnixAccount.ForPostgres(["root:x:0:0::/:/bin/sh"]));

        Assert.Contains("Start as an ordinary user", error.Message, StringComparison.Ordinal);
    }
}
